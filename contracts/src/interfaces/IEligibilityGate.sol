// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "./IApplicationGate.sol";

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
///      Assumptions:
///      - the verifier's key is that of the `eligibility` statement (five public inputs), or of a
///        statement that begins with these five;
///      - the registrar posts only roots of trees of accepted issuers, see IIssuerRegistry.
interface IEligibilityGate is IApplicationGate {
    /// @notice Thrown when the registry root is unknown, pending or withdrawn, or is older than
    ///         the registry's maxCurrentAge, or was replaced more than {maxRootAge} ago.
    /// @param root Root that the evidence names.
    error RootNotFresh(uint256 root);

    /// @notice How long a replaced registry root is still accepted; fixed at deployment. A
    ///         revoked credential is accepted for at most the registrar's posting interval, the
    ///         registry's delay and this time together.
    /// @return Seconds after the replacement, the last one included.
    function maxRootAge() external view returns (uint256);
}
