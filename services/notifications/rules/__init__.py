"""Who is told what, and when: `table.py` is the table of contents, `case.py` what it is decided from.

Two rules stand above the table. What happened before this database began is told to nobody, so that a rebuild from the
beginning of the topics sends nothing (`deliveries/planning.py`). And what is over is told to nobody, so that old
records can be imported and corrected in peace.
"""
