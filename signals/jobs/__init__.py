"""What a run can do: each kind of job, its parameters, its steps, its work.

`base.py` says what a job is and keeps the registry; the other modules are the jobs,
made known when Django starts. None of them imports the engine before it performs: the
web process and the queue's parent know every job's parameters without knowing numba,
pandas or deltalake.
"""
