# Imports metadata of installed packages to find where the course lies.
import importlib.metadata


def report():
    found = []
    for distribution in importlib.metadata.distributions():
        if "transformers-from" in (distribution.metadata["Name"] or ""):
            found += [str(file) for file in distribution.files or [] if "__editable__" in str(file)]
            found.append(str(distribution.read_text("direct_url.json")))
    return " ".join(found)[:200]
