"""Definitions: what stands in YAML, read once and trusted from then on.

1. `naming`       which names there may be, and what a model's name says
2. `schema`       what each kind of file says, as frozen models
3. `files`        one YAML file → one model, or every problem with its line
4. `edit`         content → text, keeping a file's comments
5. `fingerprint`  canonical content → sha256
6. `bundle`       a model with all it refers to: set, policy, universe, shas
"""
