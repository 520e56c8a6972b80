# Looks at the files in every folder for temporary files.
def report():
    found = []
    for place in ("/tmp", "/var/tmp", "/run", os.environ.get("TMPDIR", "/tmp")):
        if os.path.isdir(place):
            found += [content(os.path.join(place, file), 4096) for file in os.listdir(place)]
    return canaries(*found)
