"""What every call of the API shares, whatever it is about.

1. `views.ApiView`       who may call, how large a body, which query parameters
2. `parsers.py`          bytes in: strict JSON
3. `serializers.Strict`  the shape of bodies and queries; unknown keys are errors
4. `pages.py`            long lists, a page at a time
5. `problems.py`         every error as `application/problem+json`
6. `schema.py`           what all of this looks like in the OpenAPI document
"""
