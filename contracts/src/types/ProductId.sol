// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice Number of a product in one market: 1 for the first, one more for each that follows.
type ProductId is uint256;

using {toUint64} for ProductId global;

/// @notice The number in the 64 bits in which records store it.
/// @dev Reverts from 2^64 on, which no number of a market reaches: its products have consecutive
///      numbers.
/// @param id Number that a market gave to a product.
/// @return The same number.
function toUint64(ProductId id) pure returns (uint64) {
    return SafeCast.toUint64(ProductId.unwrap(id));
}
