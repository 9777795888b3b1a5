"""Building blocks of the statements: one idea per file, for integers and for circuits.

Each file has the plain-Python function where there is one, the constraints, and in the docstring
of the constraints their number, what they prove, and what the caller must have proved before.
"""
