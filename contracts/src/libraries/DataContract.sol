// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Immutable bytes kept as the code of a contract
/// @notice Reading n words costs one cold account access instead of n cold storage slots. The
///         code begins with a STOP byte, so that the data can never be run.
library DataContract {
    // EIP-170 allows 24,576 bytes of code; one is the STOP byte
    uint256 private constant MAX_LENGTH = 24_575;

    /// @notice Thrown when data is longer than a contract can be, which is 24,575 bytes.
    /// @param length Length of the data, bytes.
    error DataTooLong(uint256 length);
    /// @notice Thrown when the contract cannot be created: too little gas, or a chain that allows
    ///         less code.
    error DataContractFailed();

    /// @notice Creates a contract whose code holds `data`, and returns its address.
    function write(bytes memory data) internal returns (address pointer) {
        if (data.length > MAX_LENGTH) revert DataTooLong(data.length);
        // PUSH2 size, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN, then the STOP byte and data
        bytes memory creation =
            abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a5f395ff3", hex"00", data);
        assembly ("memory-safe") {
            pointer := create(0, add(creation, 32), mload(creation))
        }
        if (pointer == address(0)) revert DataContractFailed();
    }
}
