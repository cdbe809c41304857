"""Looks for secrets in all the memory of a running process, as a core of it would show them and more."""
import pathlib
import re


def mappings(pid):
    """(start, end, name, flags) of every mapping; `dd` among the flags keeps it out of cores."""
    current = None
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        header = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", line)
        if header:
            current = (int(header[1], 16), int(header[2], 16), header[4] or "anonymous", header[3])
        elif line.startswith("VmFlags:") and current:
            start, end, name, permissions = current
            if permissions[0] == "r" and name not in ("[vvar]", "[vsyscall]"):
                yield start, end, name, set(line.split()[1:])


def find(pid, secrets):
    """{secret name: [(mapping name, is in cores)]} of what is anywhere in the process's memory."""
    found = {}
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, name, flags in mappings(pid):
            try:
                memory.seek(start)
                content = memory.read(end - start)
            except (OSError, ValueError):
                continue
            for secret, needles in secrets.items():
                for needle in needles:
                    at = content.find(needle)
                    while at >= 0:
                        found.setdefault(secret, []).append((name, "dd" not in flags))
                        at = content.find(needle, at + 1)
    return found
