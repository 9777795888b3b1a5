// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditLedger} from "./ICreditLedger.sol";
import {IEligibilityGate} from "./IEligibilityGate.sol";

/// @title Gate for proofs about the encrypted totals of a credit ledger
/// @notice A market uses it as it uses any {IEligibilityGate}; what differs is where the proof's
///         data come from.
/// @dev Public inputs, in the order of the statement `ledger_eligibility`: policy, context, then
///      account key, C1 and C2, two coordinates each. The key and the ciphertext are read from
///      the ledger; nothing that a prover sends stands in their place. The ciphertext is the one
///      in effect, so entries of the current epoch neither count nor disturb.
///
///      - `Evidence.nullifier` is the number of the account (see {ICreditLedger.accountOf}). It
///        is the same in all markets, and all proofs of one account can be linked;
///      - `Evidence.registryRoot` is 0: issuers are those of the ledger. {registry} is the zero
///        address and {maxRootAge} is 0;
///      - {scopeOf} is defined as ever and is no input of this statement;
///      - {policyWord} refuses a policy on what a ledger does not know.
///
///      Assumptions:
///      - the verifier's key is that of the `ledger_eligibility` statement (eight inputs);
///      - lenders compare the ledger's currency with that of their amounts.
interface ILedgerGate is IEligibilityGate {
    /// @notice The policy names minHistoryMonths, currency or maxCredentialAge, which the
    ///         statement does not judge: they must be neutral.
    error PolicyNotJudged();

    /// @notice The ledger that keys and ciphertexts are read from.
    function ledger() external view returns (ICreditLedger);
}
