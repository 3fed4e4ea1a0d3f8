"""Everything that writes runs and signals, and the story of a run in order:

1. `runs.py`       a run is asked for, by a page, the API or a command
2. `bell.py`       the queue is told its number, and nothing else
3. `watch.py`      a worker claims it and starts a child process for it (a command
                   does without: it works in its own process, `runs.execute_here`)
4. `leases.py`     whoever works on a run holds its lease; all writes go through it
5. `work.py`       the job is performed: steps, percent, words, the end in words
6. `endings.py`    the one transaction in which a run ends
7. `scans.py`, `ingests.py`   what a job's end writes beside the run's row
8. `reaper.py`     runs whose worker died go back to the queue, once

`documents.py` says how a run and its signals read as JSON, for API and commands alike.
"""
