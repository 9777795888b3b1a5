// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Number of a product, by which gates and proofs know it: the address of its data contract.
type ProductId is uint256;
