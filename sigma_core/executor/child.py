"""A child of the executor: `python -m sigma_core.executor.child FOLDER`.

Reads blocks of tickers, one `START STOP` a line, and answers each with `done`, or with
the error that it met. It ends when its input does.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sigma_core.errors import SigmaError
from sigma_core.executor import handed


def main(folder: Path) -> None:
    """Do block after block until there is none."""
    work: handed.Work | None = None
    for line in sys.stdin:
        start, stop = line.split()
        try:
            work = work or handed.take(folder)
            work.do(range(int(start), int(stop)))
            answer: dict[str, object] = {"done": int(start)}
        except SigmaError as error:
            problems = [problem.as_dict() for problem in error.problems]
            answer = {"error": type(error).__name__, "problems": problems}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
