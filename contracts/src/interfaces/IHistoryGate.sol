// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "./IApplicationGate.sol";

/// @title Gate for proofs about a borrower's record at a bureau
/// @notice An {IApplicationGate} whose statement is about a record. The borrower proves that a
///         record in a history tree is their own and meets the product's terms, and not which
///         record it is.
/// @dev Public inputs: in the order of the statement `history` terms, context, historyRoot,
///      historyScope, scope, nullifier; in that of `history_eligibility` those of `eligibility`, see
///      {IEligibilityGate}, then terms, historyRoot, historyScope.
///
///      - Terms and tree come from the product: `Application.historyTerms` without the day, and
///        `Application.historySource`, see {IHistoryTree}. A prover chooses neither.
///      - The day is computed by the gate, see {historyTermsWord}: it is never behind that of the
///        block, so a record that has expired is refused.
///      - historyRoot comes with the proof: `Evidence.extra` is abi.encode(historyRoot), 32 bytes.
///        The tree must say that it is fresh. What a source of exchange rates takes follows them.
///      - historyScope is the scope of the tree's bureau, which need not be the market's. Borrowers
///        have other pseudonyms there, and nothing tells which.
///      - A gate of `history` alone judges no credential: `Evidence.registryRoot` is 0, and a policy
///        that is not neutral is refused.
///
///      Assumptions:
///      - the verifier's key is that of the gate's statement;
///      - whoever funds a loan of a product knows the product's tree: another contract in its place
///        can call any root fresh.
interface IHistoryGate is IApplicationGate {
    /// @notice Thrown when the product's history terms have a day, or more than 164 bits.
    /// @param historyTerms The terms.
    error HistoryTermsInvalid(uint256 historyTerms);
    /// @notice Thrown when `extra` does not begin with one word, the history root, or bytes follow it
    ///         that nobody judges.
    /// @param length Number of bytes.
    error ExtraInvalid(uint256 length);
    /// @notice Thrown when the history tree does not call the root fresh: it is unknown, was replaced
    ///         too long ago, or a loan waits for too long.
    /// @param historyRoot Root that the evidence names.
    error HistoryNotFresh(uint256 historyRoot);
    /// @notice Thrown when a product of a gate without credentials has a policy.
    error PolicyNotJudged();
    /// @notice Thrown when the evidence names a registry root: the statement does not judge it,
    ///         and it must be 0.
    /// @param root Root that the evidence names.
    error RootNotJudged(uint256 root);

    /// @notice The word of terms that a proof must carry: the product's terms, and at bit 68 the day
    ///         (policyNow + maxClockAge) / 1 day rounded down, days since 1970.
    /// @param historyTerms The product's terms, without a day.
    /// @param policyNow Time that the proof calls "now", Unix seconds.
    /// @return The word, below 2^164.
    function historyTermsWord(uint256 historyTerms, uint256 policyNow)
        external
        view
        returns (uint256);

    /// @notice Scope in which the borrowers of a tree's bureau have their pseudonyms.
    /// @param source The history tree.
    /// @return The scope, a field element.
    function historyScopeOf(address source) external view returns (uint256);
}
