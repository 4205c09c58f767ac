"""Who is told what, and when. `contents.py` is the table of contents: a package for each kind of thing that is told.

What a person was told last decides what they must be told now. Each rule compares the letter that was sent last with
what is true at the moment of asking; no rule looks at how things came to be so. Two rules stand above the tables. What
was so when this database began is held for known, so that a rebuild from the beginning of the topics sends nothing. And
what is over is not told to anybody, so that old records can be imported and corrected in peace.
"""
