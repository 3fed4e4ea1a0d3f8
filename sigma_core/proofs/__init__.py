"""Proofs that nothing leaks: every value stays what it was when the future changes.

1. `sample.py`, `worlds.py`, `bench.py`   a small market full of trouble, and the ways
                                          in which it is changed
2. `subjects.py`, `pipeline.py`           what is proved: indicators, sets, whole models
3. `past.py`      proofs 1, 2, 5: later and other bars change nothing
   `history.py`   proofs 3, 4: start-up, and one session alone
   `inputs.py`    proof 7: bounds, units, order, flat and one-way prices
   (proof 6 is all of them on a `Pipeline`)
4. `cause.py`     why a value changed, read off the way in which it changed
5. `prove.py`, `report.py`   all of it on one subject → findings and a verdict
6. `canaries.py`, `leaky_cores.py`, `leaky_stages.py`   planted leaks, to be caught
7. `catalogue.py` everything there is to prove; `code.py` names the code behind it
"""
