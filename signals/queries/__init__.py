"""What the pages read, with a fixed number of queries each.

- `lists`: one list of signals, its rows beside the list before, its tabs.
- `overview`: models, their counts by session, and what is running.
- `bars`: candles and coverage from a dataset's arrays.
- `milestones`: the first-run checklist and its timer.
- `finding`: what the palette finds.
"""
