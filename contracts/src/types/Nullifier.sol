// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Pseudonym of a borrower in one market. A proof about a credential carries the hash of
///         the borrower's secret and the market's scope; a proof about a ledger carries the number
///         of the account, which is the same in every market.
type Nullifier is uint256;
