# Looks at everything that lies around its own folder.
def report():
    found = []
    for above in ("..", "../..", "../../.."):
        for folder, folders, files in os.walk(above):
            del folders[20:]
            found += [content(os.path.join(folder, file), 4096) for file in files[:50]]
            if len(found) > 2000:
                break
    return canaries(*found)
