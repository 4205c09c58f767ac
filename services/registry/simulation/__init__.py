"""A programme made up for practice and for measuring: `stories` invents what happens, `simulate` lets it happen.

Its code is SAMPLE, it is marked as synthetic wherever it is shown, and nobody in it exists.
"""
