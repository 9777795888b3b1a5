"""The ecosystem's files, read strictly and written canonically.

Each format has one module: ``r1cs``, ``wtns``, ``zkey`` and ``ptau`` are iden3's binary files,
``snarkjs`` is for its JSON documents, and ``calldata`` is the EVM encoding of a proof. Each module
begins with the points where libraries diverge. Parsers take bytes and return values. Nothing here
touches the disk, checks that points lie on their curves, or decides whether a key may be used:
``zkcredit._internal.files`` and ``zkcredit.groth16`` do that.
"""
