"""How good a result is, once one knows how much was tried.

1. `configuration`  what was tried: the rules of a model as one sha
2. `resampling`     the sessions drawn anew in blocks: the stationary bootstrap
3. `significance`   p of a mean over the benchmark; q among all that were tried
4. `contest`        the best of many lucky ones beside the best there is (SPA)
5. `sharpe`         Sharpe ratios, less what the best of N would have by luck
6. `overfitting`    whether the best cell of a sweep stays good on other sessions (PBO)
7. `words`          the Luck line

Arrays in, numbers out: returns are fractions of a session, `[session, trial]`.
"""
