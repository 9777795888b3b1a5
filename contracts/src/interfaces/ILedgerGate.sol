// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "./IApplicationGate.sol";
import {ICreditLedger} from "./ICreditLedger.sol";

/// @title Gate for proofs about the encrypted totals of a credit ledger
/// @notice An {IApplicationGate} whose statement is about an account of a ledger. The gate reads
///         the account's data from the ledger itself.
/// @dev Public inputs, in the order of the statement `ledger_eligibility`: policy, context, then
///      account key, C1 and C2, two coordinates each. The key and the ciphertext are read from
///      the ledger; a prover cannot send others in their place. The ciphertext is the one in
///      effect, so entries of the current epoch neither count nor disturb. It is the sum of all
///      issuers' entries, or of those whom the product names: the borrower cannot choose them.
///
///      - `Evidence.nullifier` is the number of the account (see {ICreditLedger.accountOf});
///      - `Evidence.registryRoot` is 0: the issuers are those of the ledger;
///      - {scopeOf} is not an input of this statement;
///      - {policyWord} refuses a policy with conditions that a ledger has no data for.
///
///      Assumptions:
///      - the verifier's key is that of the `ledger_eligibility` statement (eight public inputs);
///      - lenders compare the ledger's currency with that of their amounts.
///
///      Warning: an account has the same number at every market, so everybody can link all loans
///      of one account.
interface ILedgerGate is IApplicationGate {
    /// @notice Thrown when minHistoryMonths, currency or maxCredentialAge of the policy is not
    ///         neutral: the statement does not judge them.
    error PolicyNotJudged();
    /// @notice Thrown when the evidence names a registry root: the statement does not judge it,
    ///         and it must be 0.
    /// @param root Root that the evidence names.
    error RootNotJudged(uint256 root);

    /// @notice Ledger that keys and ciphertexts are read from; fixed at deployment.
    /// @return The ledger's contract.
    function ledger() external view returns (ICreditLedger);
}
