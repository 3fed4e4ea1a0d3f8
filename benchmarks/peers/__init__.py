"""The peers of a benchmark: one module each, with `load`, `factors` and `scan`.

    state = load(folder)      bars from .npy files into the peer's own shape; not timed
    factors(state)            {column: [ticker, session]}, the columns of tasks.FACTORS
    scan(state)               {column: [ticker]} on the last session, of tasks.SCAN

Where TA-Lib has its own seed for an average, every peer uses that seed, so that all
must come to the same numbers.
"""
