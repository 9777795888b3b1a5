"""The ecosystem's files, read strictly and written canonically.

One module a format: ``r1cs``, ``wtns``, ``zkey`` and ``ptau`` are iden3's binary files,
``snarkjs`` its JSON documents, ``calldata`` the EVM encoding of a proof. Each module begins with
the points where libraries diverge. Parsers take bytes and return values; nothing here touches the
disk, checks that points lie on their curves, or decides whether a key may be used: that is the
work of ``zkcredit._internal.files`` and ``zkcredit.groth16``.
"""
