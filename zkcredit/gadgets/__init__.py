"""Building blocks of the statements: one idea per file, for integers and for circuits.

A file has the plain-Python function, if there is one, and the constraints. The docstring of the
constraints says how many they are ("Adds … constraints", which a test compares with the compiled
gadget), what they prove, and what the caller must have proved before.
"""
