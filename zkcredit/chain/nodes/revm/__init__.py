"""A fast chain inside this process: revm as Cancun, through PyPI's ``pyrevm``.

| module | what it holds |
|---|---|
| ``revm_node`` | ``RevmNode``, the node |
| ``chain`` | the blocks, and the state after each of them |
| ``machine`` | runs one message on revm, and reads what it changed |
| ``state`` | accounts and storage, and the changes of a block |
| ``blocks`` | headers, and JSON-RPC's forms of blocks, transactions, receipts and logs |
| ``raw`` | reads signed transactions |
| ``rpc`` | answers JSON-RPC |
"""
