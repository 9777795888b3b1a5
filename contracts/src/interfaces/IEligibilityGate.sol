// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "./IApplicationGate.sol";
import {IFxSource} from "./IFxSource.sol";

/// @title Gate for proofs about a credential of an accepted issuer
/// @notice An {IApplicationGate} whose statement is about a credential. The issuer of the
///         credential must be in the registry's tree of accepted issuers.
/// @dev Public inputs, in the order of the statement `eligibility`: policy, context, registryRoot,
///      scope, nullifier. registryRoot and nullifier come with the proof; the root must be fresh,
///      the verifier refuses values >= r, and the statement ties the nullifier to the scope.
///
///      The scope is that of the market's bureau. The market must be a member, so no stranger
///      collects pseudonyms of a bureau. A market that names itself is a bureau with one member.
///
///      A product's policy may be in another currency than its loan. Then the policy judges what the
///      instalment is worth in the policy's currency, rounded up, at a rate of {fx} that holds until
///      the proof's deadline; `Evidence.extra` is what the source takes as its evidence. No other
///      amount is converted: the loan is owed in its token.
///
///      Assumptions:
///      - the verifier's key is that of the `eligibility` statement (five public inputs), or of a
///        statement that begins with these five;
///      - the registrar posts only roots of trees of accepted issuers, see IIssuerRegistry.
interface IEligibilityGate is IApplicationGate {
    /// @notice Thrown when the registry root is unknown, pending or withdrawn, or is older than
    ///         the registry's maxCurrentAge, or was replaced more than {maxRootAge} ago.
    /// @param root Root that the evidence names.
    error RootNotFresh(uint256 root);
    /// @notice Thrown when the policy is in another currency than the loan, and the gate has no
    ///         source of exchange rates.
    /// @param currency The loan's currency, ISO 4217 number.
    /// @param policyCurrency The policy's currency, ISO 4217 number.
    error CurrencyNotJudged(uint16 currency, uint16 policyCurrency);

    /// @notice Source of the rates at which a policy judges a loan of another currency; fixed at
    ///         deployment.
    /// @return The source; address 0 if the gate has none.
    function fx() external view returns (IFxSource);

    /// @notice How long a replaced registry root is still accepted; fixed at deployment. A
    ///         revoked credential is accepted for at most the registrar's posting interval, the
    ///         registry's delay and this time together.
    /// @return Seconds after the replacement, the last one included.
    function maxRootAge() external view returns (uint256);
}
