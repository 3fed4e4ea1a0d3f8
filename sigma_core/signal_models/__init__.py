"""Signal models: `transform(matrix)` gives scores, whatever stands behind it.

1. `base`    the contract: `SignalModel`, `Scores`, `GateResult`
2. `rules`   scanners: gates decide who may enter, a score decides the order
3. `funnel`  what the gates did: survivors gate by gate, near misses, the ranking
"""
