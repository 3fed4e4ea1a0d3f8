"""How much memory a process holds, as Linux counts it in /proc."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Memory:
    """Bytes: `held` can't be given back without swapping, `peak` is the most resident.

    Mapped files (the array store) are resident but not held: the kernel drops them
    when it needs the room, so a limit must not count them.
    """

    held: int
    peak: int


def memory_of(pid: int | str = "self") -> Memory | None:
    """The memory of a process; None where it has ended or there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    sizes = {
        key: int(value.split()[0]) * 1024
        for key, _, value in (line.partition(":") for line in text.splitlines())
        if value.endswith(" kB")
    }
    if "VmHWM" not in sizes:  # a zombie has no memory left
        return None
    held = sizes["RssAnon"] + sizes["RssShmem"] + sizes.get("VmSwap", 0)
    return Memory(held=held, peak=sizes["VmHWM"])
