"""The course secret and the seeds of the hidden inputs."""

import stat

import pytest

from autograder.secret import FILE_NAME, course_secret, seed_of


def test_the_secret_is_made_once_and_read_again(tmp_path):
    first = course_secret(tmp_path)
    assert len(first) == 64
    assert course_secret(tmp_path) == first
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_two_courses_have_two_secrets(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert course_secret(tmp_path / "a") != course_secret(tmp_path / "b")


@pytest.mark.parametrize("content", ["", "\n", "short"])
def test_a_damaged_secret_is_not_used(tmp_path, content):
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(ValueError, match="holds no course secret"):
        course_secret(tmp_path)


def test_an_exercise_has_a_seed_of_its_own_that_changes_with_the_secret():
    seeds = {seed_of(secret, name) for secret in ("one", "two") for name in ("softmax", "causal_mask")}
    assert len(seeds) == 4
    assert seed_of("one", "softmax") == seed_of("one", "softmax")
    assert all(len(seed) == 32 and "one" not in seed for seed in seeds)
