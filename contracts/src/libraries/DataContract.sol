// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Immutable bytes kept as the code of a contract
/// @notice Reading n words costs one cold account access instead of n cold storage slots. The
///         code begins with a STOP byte, so that the data can never be run.
library DataContract {
    /// @notice Thrown when the contract cannot be created: data too long for EIP-170, or too little
    ///         gas.
    error DataContractFailed();

    /// @notice Creates a contract whose code holds `data`, and returns its address.
    function write(bytes memory data) internal returns (address pointer) {
        // PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN, then the STOP byte and data
        bytes memory creation =
            abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a5f395ff3", hex"00", data);
        assembly ("memory-safe") {
            pointer := create(0, add(creation, 32), mload(creation))
        }
        if (pointer == address(0)) revert DataContractFailed();
    }
}
