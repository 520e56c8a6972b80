"""The course secret, from which the hidden cases' inputs are drawn."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

FILE_NAME = ".course_secret"


def course_secret(folder: Path) -> str:
    """Read the secret of the course in `folder`; at first use, make it. Only its owner can read the file."""
    path = folder / FILE_NAME
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_text().strip()
        if len(secret) < 32:
            raise ValueError(
                f"{path} holds no course secret; restore it, or delete it to have a new one made"
            ) from None
        return secret
    secret = secrets.token_hex(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret + "\n")
    return secret


def seed_of(secret: str, exercise_name: str) -> str:
    """The seed of an exercise's hidden inputs. It tells nothing about the secret, nor about another exercise's seed."""
    return hmac.new(secret.encode(), exercise_name.encode(), hashlib.sha256).hexdigest()[:32]
