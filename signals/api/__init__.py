"""Runs, signals and bars over the API: a serializer checks, a service acts."""
