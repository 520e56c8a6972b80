"""Each drawing holds the data that it was given, says what it is, and leaves no figure open."""

from base64 import b64decode
from io import BytesIO
from typing import Any

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex, to_rgba

from autograder.student import figures

BLUE, ORANGE, GREEN = (to_rgba(colour) for colour in figures.COLOURS[:3])


@pytest.fixture(autouse=True)
def no_screen():
    """No screen, and none of the figures that the students' files in other tests have left open."""
    matplotlib.use("agg")
    plt.close("all")


@pytest.fixture
def drawn(monkeypatch):
    """Draw with one of the functions; return the figure, and its panels without the bar of colours."""
    made: list = []
    subplots = plt.subplots

    def kept(*args, **options):
        made.append(subplots(*args, **options))
        return made[-1]

    monkeypatch.setattr(plt, "subplots", kept)

    def draw(function, *args, **options):
        before = dict(matplotlib.rcParams)
        assert function(*args, **options) is None
        assert plt.get_fignums() == []
        assert dict(matplotlib.rcParams) == before
        ((figure, panels),) = made
        figure.canvas.draw()
        return figure, list(panels.flat)

    return draw


def ticks(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


def numbers(panel) -> dict[tuple[float, float], str]:
    """The texts of a panel by their place (row, column)."""
    return {(text.get_position()[1], text.get_position()[0]): text.get_text() for text in panel.texts}


def legend(panel) -> list[str]:
    return [text.get_text() for text in panel.get_legend().get_texts()]


def titles(panels) -> list[str]:
    return [panel.get_title(loc="left") for panel in panels]


# heatmaps


def test_heatmaps_are_matrices_side_by_side_on_one_scale(drawn):
    first = [[1.0, 0.0, 0.25], [0.5, 0.5, 1e-13]]
    second = torch.tensor([[0.0, 0.0, 1.0], [0.1, 0.2, 0.7]], requires_grad=True)
    _, panels = drawn(figures.heatmaps, [first, second], ["one", "two"], rows=["a", "b"], columns=["x", "y", "z"])
    assert titles(panels) == ["one", "two"]
    assert [panel.get_xlabel() for panel in panels] == ["key", "key"]
    assert [panel.get_ylabel() for panel in panels] == ["query", ""]
    assert [ticks(panel.xaxis) for panel in panels] == [["x", "y", "z"]] * 2
    assert ticks(panels[0].yaxis) == ["a", "b"]
    images = [panel.images[0] for panel in panels]
    assert [image.get_clim() for image in images] == [(0, 1), (0, 1)]
    hidden = np.ma.masked_invalid([[1, np.nan, 0.25], [0.5, 0.5, np.nan]])
    np.testing.assert_array_equal(images[0].get_array().filled(-1), hidden.filled(-1))
    assert [panel.patch.get_hatch() for panel in panels] == ["////", "////"]
    assert [len(panel.child_axes) for panel in panels] == [0, 1]  # the bar of colours


@pytest.mark.parametrize("shape", [(3, 12), (5, 5), (12, 3)])
@pytest.mark.parametrize("count", [1, 3])
def test_the_bar_of_colours_is_as_tall_as_the_map(drawn, shape, count):
    matrix = np.linspace(0, 1, 36 if shape != (5, 5) else 25).reshape(shape)
    figure, panels = drawn(figures.heatmaps, [matrix] * count, ["t"] * count)
    figure.draw_without_rendering()
    (bar,) = panels[-1].child_axes
    assert bar.get_window_extent().height == pytest.approx(panels[-1].get_window_extent().height)


def test_small_heatmaps_show_their_numbers_but_no_zeros(drawn):
    _, (panel,) = drawn(figures.heatmaps, [[[1.0, 0.0, 0.256], [0.58, 0.62, 0.0]]], ["t"])
    assert numbers(panel) == {(0, 0): "1.00", (0, 2): ".26", (1, 0): ".58", (1, 1): ".62"}
    assert_read_well(panel)
    assert ticks(panel.xaxis) == ["0", "1", "2"]
    assert ticks(panel.yaxis) == ["0", "1"]


def test_heatmaps_have_the_decimals_and_the_labels_that_are_asked_for(drawn):
    options = {"row_label": "position", "column_label": "feature", "decimals": 0, "columns": [], "rows": []}
    _, (panel,) = drawn(figures.heatmaps, [np.eye(2) * 3], ["t"], largest=None, **options)
    assert numbers(panel) == {(0, 0): "3", (1, 1): "3"}
    assert panel.images[0].get_clim() == (0, 3)
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("feature", "position")


@pytest.mark.parametrize(("entries", "bars"), [([[0.0, 1.0], [1.0, 0.0]], 0), ([[0.0, 1.0], [0.5, 0.0]], 1)])
def test_two_values_need_no_bar_of_colours(drawn, entries, bars):
    _, (panel,) = drawn(figures.heatmaps, [entries], ["t"])
    assert len(panel.child_axes) == bars


@pytest.mark.parametrize(("size", "count"), [(8, 64), (9, 0)])
def test_large_heatmaps_show_no_numbers(drawn, size, count):
    _, (panel,) = drawn(figures.heatmaps, [np.ones((size, size))], ["t"])
    assert len(panel.texts) == count


def test_a_heatmap_of_zeros_is_drawn(drawn):
    _, (panel,) = drawn(figures.heatmaps, [np.zeros((2, 2))], ["t"], largest=None)
    assert panel.images[0].get_clim() == (0, 1)
    assert panel.images[0].get_array().mask.all()


# lines


def test_curves_are_lines_in_panels_with_a_level(drawn):
    x = [1, 2, 4, 8]
    panels = {"speed": {"ours": torch.tensor([1.0, 2, 3, 4]), "theirs": [4, 3, 2, 1]}, "size": {"ours": [5, 5, 5, 6]}}
    _, (speed, size) = drawn(figures.curves, x, panels, "tokens", levels={"size": (5.5, "enough")})
    assert titles([speed, size]) == ["speed", "size"]
    assert [speed.get_xlabel(), size.get_xlabel()] == ["tokens", "tokens"]
    assert legend(speed) == ["ours", "theirs"] and legend(size) == ["ours"]
    assert [list(line.get_xdata()) for line in speed.lines] == [x, x]
    assert [list(line.get_ydata()) for line in speed.lines] == [[1, 2, 3, 4], [4, 3, 2, 1]]
    assert [to_rgba(line.get_color()) for line in speed.lines] == [BLUE, ORANGE]
    assert [line.get_marker() for line in speed.lines] == ["o", "s"]
    assert [text.get_text() for text in size.texts] == ["enough"] and len(speed.texts) == 0
    assert list(size.lines[1].get_ydata()) == [5.5, 5.5]
    assert speed.get_ylim()[0] == size.get_ylim()[0] == 0
    assert speed.margins()[1] == size.margins()[1] == 0.1
    assert speed.get_xscale() == "linear"


@pytest.mark.parametrize(("height", "side"), [(1.0, "below"), (9.0, "above"), (12.0, "above")])
def test_the_name_of_a_level_is_on_its_side_with_more_room_and_a_long_line_has_few_markers(drawn, height, side):
    _, (panel,) = drawn(figures.curves, range(100), {"t": {"a": np.linspace(10, 0, 100)}}, "x", {"t": (height, "one")})
    (name,) = panel.texts
    assert (name.xyann[1] > 0) == (side == "above")
    assert panel.get_ylim()[0] < height < panel.get_ylim()[1]
    assert 100 / panel.lines[0].get_markevery() <= 13


@pytest.mark.parametrize(("names", "turned"), [(["a", "b"], 0), (["a", "bb"], 45)])
def test_names_of_one_letter_stand_upright(drawn, names, turned):
    _, (panel,) = drawn(figures.heatmaps, [np.eye(2)], ["t"], columns=names)
    assert {label.get_rotation() for label in panel.get_xticklabels()} == {turned}


def test_curves_over_powers_of_two_name_every_second_one(drawn):
    _, (panel,) = drawn(figures.curves, [1, 2, 4, 8, 16], {"t": {"a": range(5)}}, "tokens", log2_x=True)
    assert panel.get_xscale() == "log"
    assert panel.xaxis.get_transform().base == 2
    assert list(panel.get_xticks()) == [1, 4, 16] and ticks(panel.xaxis) == ["1", "4", "16"]
    assert len(panel.get_xticks(minor=True)) == 0


def test_magnitudes_are_lines_over_powers_of_ten(drawn):
    panels = {"one": {"a": [1, 10, 100], "b": torch.tensor([1e-3, 1, 1e3])}, "two": {"c": [1, 1, 1]}}
    _, (one, two) = drawn(figures.magnitudes, [1, 2, 3], panels, "layer")
    assert titles([one, two]) == ["one", "two"] and one.get_xlabel() == two.get_xlabel() == "layer"
    assert one.get_yscale() == two.get_yscale() == "log"
    assert legend(one) == ["a", "b"] and legend(two) == ["c"]
    np.testing.assert_allclose([line.get_ydata() for line in one.lines], [[1.0, 10.0, 100.0], [1e-3, 1, 1e3]])
    assert list(two.lines[0].get_xdata()) == [1, 2, 3]
    assert [to_rgba(line.get_color()) for line in one.lines] == [BLUE, ORANGE]


def test_waves_are_lines_on_both_sides_of_zero(drawn):
    x = np.linspace(0, 6, 30)
    _, (one, two) = drawn(
        figures.waves, x, {"one": {"sine": np.sin(x), "cosine": np.cos(x)}, "two": {"c": -x}}, "angle"
    )
    zero, *lines = one.lines
    assert list(zero.get_ydata()) == [0, 0] and to_hex(zero.get_color()) == figures.GREY
    np.testing.assert_array_equal([line.get_ydata() for line in lines], [np.sin(x), np.cos(x)])
    np.testing.assert_array_equal(lines[0].get_xdata(), x)
    assert [to_rgba(line.get_color()) for line in lines] == [BLUE, ORANGE]
    assert legend(one) == ["sine", "cosine"] and legend(two) == ["c"]
    assert titles([one, two]) == ["one", "two"] and two.get_xlabel() == "angle"
    assert one.get_xlim() == (0, 6)


# bars


def test_movements_mark_what_moved_before_the_change(drawn):
    moved = [torch.tensor([0.0, 0.5, 2.0, 1.0], dtype=torch.float64), [1.0, 1e-13, 0.25, 0.0]]
    _, (first, second) = drawn(figures.movements, moved, ["causal", "leaky"], changed=2, labels=["a", "b", "c", "d"])
    assert titles([first, second]) == ["causal", "leaky"]
    assert [bar.get_height() for bar in first.patches] == [0, 0.5, 2, 1]
    assert [bar.get_x() + bar.get_width() / 2 for bar in first.patches] == pytest.approx([0, 1, 2, 3])
    assert [text.get_text() for text in first.texts] == ["0", "leak", "2.00", "1.00"]
    assert [text.get_text() for text in second.texts] == ["leak", "0", "0.25", "0"]
    assert [bar.get_facecolor() for bar in second.patches] == [ORANGE, BLUE, BLUE, BLUE]
    assert [text.get_color() for text in second.texts] == [figures.HIGHLIGHT, *[figures.GREY] * 3]
    assert ticks(first.xaxis) == ["a", "b", "c", "d"]
    assert [label.get_fontweight() for label in first.get_xticklabels()] == ["normal", "normal", "bold", "normal"]
    assert [panel.get_ylim() for panel in (first, second)] == [(0, 2 * 1.18)] * 2
    assert first.get_ylabel() == "how far the output moved" and second.get_ylabel() == ""


def test_movements_count_a_changed_token_from_the_end(drawn):
    _, (panel,) = drawn(figures.movements, [[0.0, 1.0, 2.0]], ["leaky"], changed=-1)
    assert [text.get_text() for text in panel.texts] == ["0", "leak", "2.00"]
    assert [label.get_fontweight() for label in panel.get_xticklabels()] == ["normal", "normal", "bold"]
    assert ticks(panel.xaxis) == ["0", "1", "2"]


def test_movements_may_all_be_zero(drawn):
    _, (panel,) = drawn(figures.movements, [np.zeros(3)], ["still"], changed=0)
    assert [text.get_text() for text in panel.texts] == ["0", "0", "0"]
    assert panel.get_ylim() == (0, 1.18)


def test_amounts_are_bars_from_top_to_bottom(drawn):
    _, (panel,) = drawn(figures.amounts, {"weights": 1234.5, "biases": 2}, "parameters", unit="MB")
    assert titles([panel]) == ["parameters"]
    assert [bar.get_width() for bar in panel.patches] == [1234.5, 2]
    assert [text.get_text() for text in panel.texts] == ["1,234.50 MB", "2.00 MB"]
    assert ticks(panel.yaxis) == ["weights", "biases"]
    assert panel.yaxis_inverted()
    assert list(panel.get_xticks()) == []
    assert [line.get_xdata() for line in panel.lines] == [[0, 0]]
    assert not panel.spines["left"].get_visible()


@pytest.mark.parametrize(("x", "are_whole"), [(range(4), True), ([0, 0.5, 1], False)])
def test_what_is_counted_has_whole_ticks(drawn, x, are_whole):
    _, (panel,) = drawn(figures.curves, x, {"t": {"a": np.arange(len(x))}}, "x")
    assert len(panel.get_xticks()) >= 4
    assert all(tick % 1 == 0 for tick in panel.get_xticks()) is are_whole


def test_shares_are_bars_of_one_length_cut_into_parts(drawn):
    bars = {"short": {"attention": 3, "norm": 1}, "long": {"attention": 10, "norm": 180, "other": 10}}
    _, (panel,) = drawn(figures.shares, bars, "where the time goes")
    assert titles([panel]) == ["where the time goes"]
    drawn_bars = [(bar.get_y() + bar.get_height() / 2, bar.get_x(), bar.get_width()) for bar in panel.patches]
    expected = [(0, 0, 0.75), (0, 0.75, 0.25), (1, 0, 0.05), (1, 0.05, 0.9), (1, 0.95, 0.05)]
    np.testing.assert_allclose(drawn_bars[:5], expected, atol=1e-12)
    assert all(width == 0 for _, _, width in drawn_bars[5:])
    assert [bar.get_facecolor() for bar in panel.patches[:5]] == [BLUE, ORANGE, BLUE, ORANGE, GREEN]
    assert [text.get_text() for text in panel.texts] == ["75%", "25%", "5%", "90%", "5%"]
    assert [text.get_color() for text in panel.texts] == ["white", "black", "white", "black", "black"]
    assert [text.get_position() for text in panel.texts][1] == pytest.approx((0.875, 0))
    assert legend(panel) == ["attention", "norm", "other"]
    assert [handle.get_facecolor() for handle in panel.get_legend().legend_handles] == [BLUE, ORANGE, GREEN]
    assert ticks(panel.yaxis) == ["short", "long"]
    assert panel.yaxis_inverted() and panel.get_xlim() == (0, 1)


def test_a_part_that_is_too_small_for_its_number_has_none(drawn):
    _, (panel,) = drawn(figures.shares, {"a": {"x": 96, "y": 4}}, "t")
    assert [text.get_text() for text in panel.texts] == ["96%"]


# maps with a sign


def test_signed_maps_are_on_one_scale_around_zero(drawn):
    first, second = [[-1.0, 0.0], [0.25, 0.004]], torch.tensor([[0.5, -0.7], [1.0, 0.61]], requires_grad=True)
    options = {"rows": ["a", "b"], "columns": ["x", "y"], "row_label": "result", "column_label": "token"}
    figure, panels = drawn(figures.signed_maps, [first, second], ["one", "two"], **options)
    assert titles(panels) == ["one", "two"]
    assert [(p.get_xlabel(), p.get_ylabel()) for p in panels] == [("token", "result")] * 2
    assert [p.images[0].get_clim() for p in panels] == [(-1, 1)] * 2
    np.testing.assert_array_equal(panels[0].images[0].get_array(), first)
    assert numbers(panels[0]) == {(0, 0): "-1.00", (1, 0): "0.25", (1, 1): ".004"}
    assert_read_well(panels[1])
    assert [(ticks(p.xaxis), ticks(p.yaxis)) for p in panels] == [(["x", "y"], ["a", "b"])] * 2
    assert len(figure.axes) == 3


def test_the_scale_of_signed_maps_is_the_largest_size_of_a_number_if_none_is_named(drawn):
    _, panels = drawn(figures.signed_maps, [np.full((9, 2), -3.0), np.ones((9, 2))], ["a", "b"], largest=None)
    assert [panel.images[0].get_clim() for panel in panels] == [(-3, 3)] * 2
    assert [len(panel.texts) for panel in panels] == [0, 0]
    assert (panels[0].get_xlabel(), panels[0].get_ylabel()) == ("feature", "position")
    shades = panels[0].images[0].get_cmap()
    assert [to_hex(shades(end)) for end in (0.0, 1.0)] == [figures.SIGNED_SHADES[0], figures.SIGNED_SHADES[-1]]


# figures


def test_a_figure_is_shown_while_it_is_open_unless_the_backend_has_no_screen(monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_fignums()))
    figures.amounts({"a": 1}, "t")
    assert shown == []
    monkeypatch.setattr(plt, "get_backend", lambda: "qtagg")
    figures.amounts({"a": 1}, "t")
    assert [len(open_figures) for open_figures in shown] == [1]
    assert plt.get_fignums() == []


def test_another_figure_stays_open():
    mine = plt.figure()
    try:
        figures.amounts({"a": 1}, "t")
        assert plt.get_fignums() == [mine.number]
    finally:
        plt.close(mine)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (figures.heatmaps, ([np.eye(2), np.eye(2)], ["only one title"])),
        (figures.signed_maps, ([np.eye(2)], ["two", "titles"])),
        (figures.movements, ([[0.0, 1.0]], ["two", "titles"], 0)),
        (figures.curves, ([1, 2, 3], {"t": {"a": [1, 2]}}, "x")),
        (figures.waves, ([1, 2, 3], {"t": {"a": [1, 2]}}, "x")),
        (figures.magnitudes, ([1, 2, 3], {"t": {"a": [1, 2]}}, "x")),
    ],
)
def test_what_cannot_be_drawn_leaves_no_figure_open(function, arguments):
    with pytest.raises(ValueError):
        function(*arguments)
    assert plt.get_fignums() == []


# ---- for who cannot see them, and on whatever ground


CALLS = {
    "heatmaps": ((np.array([[0.0, 0.25], [0.9, 0.1]]),), ("head 1",)),
    "signed_maps": ((np.array([[0.5, -0.75]]),), ("table",)),
    "curves": ((1, 2, 4), {"loss": {"ours": (3.0, 1.0, 2.0)}}, "step"),
    "magnitudes": ((1, 2, 4), {"loss": {"ours": (3.0, 1.0, 2.0)}}, "step"),
    "waves": ((1, 2, 4), {"loss": {"ours": torch.tensor([3.0, 1.0, 2.0], requires_grad=True)}}, "step"),
    "movements": (([0.0, 1.5],), ("model",), 1, ("the", "cat")),
    "amounts": ({"keys": 2.0, "values": 0.5}, "memory", "MB"),
    "shares": ({"attention": {"q": 1.0, "k": 3.0}}, "parameters"),
}
LINE = "loss, ours: from 3 at step 1 to 2 at 4, between 1 and 3."
SAID = {
    "heatmaps": "head 1: 2 by 2 numbers, 1 of them 0; the largest is 0.90 (query 1, key 0).",
    "signed_maps": "table: 1 by 2 numbers; the largest is -0.75 (position 0, feature 1).",
    "curves": LINE,
    "magnitudes": LINE,
    "waves": LINE,
    "movements": "model: the 0, cat 1.5.",
    "amounts": "memory: keys 2 MB, values 0.5 MB.",
    "shares": "parameters, attention: q 1, k 3.",
}


@pytest.mark.parametrize("name", CALLS)
def test_a_notebook_shows_a_figure_without_a_ground_and_says_what_is_in_it(name, monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    getattr(figures, name)(*CALLS[name])
    (bundle,) = shown
    assert bundle["text/plain"] == SAID[name]
    before, _, data = bundle["text/html"].partition("base64,")
    assert before == f'<img alt="{SAID[name]}" src="data:image/png;'
    image = plt.imread(BytesIO(b64decode(data.removesuffix('">'))), format="png")
    assert tuple(image[0, 0]) == (1.0, 1.0, 1.0, 0.0)


@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_the_text_reads_on_white_and_on_black(ground):
    assert contrast(figures.GREY, ground) > 4


@pytest.mark.parametrize(("name", "sign"), [("heatmaps", 1), ("signed_maps", 1), ("signed_maps", -1)])
def test_a_number_reads_on_every_colour_of_a_map(drawn, name, sign):
    _, (panel, *_) = drawn(getattr(figures, name), [sign * np.linspace(0.01, 1, 64).reshape(8, 8)], ["t"], largest=1.0)
    assert len(panel.texts) == 64
    assert_read_well(panel)


def assert_read_well(panel: Any) -> None:
    """Each number of a map differs from its ground as WCAG 2 asks of small text."""
    (image,) = panel.images
    for text in panel.texts:
        column, row = text.get_position()
        assert contrast(text.get_color(), image.to_rgba(image.get_array())[row, column]) >= 4.5


def contrast(*colours: Any) -> float:
    """The ratio of WCAG 2, from 1 to 21."""
    one, other = sorted(map(luminance, colours))
    return (other + 0.05) / (one + 0.05)


def luminance(colour: Any) -> float:
    """Relative luminance as in WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgba(colour)[:3]]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))
