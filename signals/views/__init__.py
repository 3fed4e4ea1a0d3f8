"""The pages of signals: one module a page."""
