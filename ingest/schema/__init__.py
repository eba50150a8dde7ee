"""From raw rows to tidy rows and findings. Pure: places are resolved and the clock is read by the caller.

What every function here keeps to: a cell that cannot stand is set aside with its original text and the rest of its row
is kept; a row without place or time is set aside as a whole; a row that is there twice is kept once.
"""
