// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./IGroth16Verifier.sol";
import {IIssuerRegistry} from "./IIssuerRegistry.sol";

/// @title Gate that turns an eligibility proof into an application for one loan
/// @notice Computes every public input that it can from the chain and from the caller's own data,
///         so that a proof fits exactly one chain, gate, market, borrower, product, principal,
///         terms, application number and deadline.
/// @dev Public inputs, in the statement's order: policy, context, registryRoot, scope, nullifier.
///      - policy: see {policyWord};
///      - context = keccak256(abi.encode(chainid, gate, borrower, productId, principal, termsHash,
///        nonce, deadline)) >> 8, all static types;
///      - scope = keccak256(abi.encode("zkcredit.market", chainid, market)) >> 8, the string as a
///        dynamic `string`;
///      - registryRoot and nullifier come with the proof; the verifier refuses values >= r.
///
///      The gate counts applications per (market, borrower) and keeps nothing else: what a
///      nullifier may do next is the market's matter.
///
///      Assumptions:
///      - the verifier's key is that of the `eligibility` statement (five public inputs);
///      - a market passes the address that pays gas or receives money as `borrower`, never a
///        free choice of the caller's.
interface IEligibilityGate {
    /// @notice A lender's conditions. Each field has a neutral value that switches it off.
    /// @param minScore Lowest score accepted (neutral 0).
    /// @param maxScore Highest score accepted (neutral 65535).
    /// @param coverageBps Free income over instalment, basis points, below 2^20 (neutral 0).
    /// @param maxDtiBps Debt service over income with the instalment, bps (neutral 65535).
    /// @param maxDelinquencies In the last 24 months (neutral 65535).
    /// @param minHistoryMonths Length of credit history (neutral 0).
    /// @param currency ISO 4217 number that amounts are in (neutral 0 = any).
    /// @param maxCredentialAge Oldest credential accepted, seconds before policyNow (neutral 0).
    struct Policy {
        uint16 minScore;
        uint16 maxScore;
        uint24 coverageBps;
        uint16 maxDtiBps;
        uint16 maxDelinquencies;
        uint16 minHistoryMonths;
        uint16 currency;
        uint40 maxCredentialAge;
    }

    /// @notice What the proof is for, as the market sees it.
    /// @param borrower Who applies.
    /// @param productId The market's product.
    /// @param principal Amount asked for, minor currency units.
    /// @param instalment Level instalment of that loan, minor currency units, below 2^48.
    /// @param termsHash Hash of everything that the lender promises and demands.
    /// @param policy The lender's conditions.
    struct Application {
        address borrower;
        uint256 productId;
        uint256 principal;
        uint256 instalment;
        bytes32 termsHash;
        Policy policy;
    }

    /// @notice What the borrower brings.
    /// @param proof Groth16 proof, encoded as in IGroth16Verifier.
    /// @param registryRoot Root of the issuer tree that the proof was made against.
    /// @param nullifier The borrower's pseudonym in the market's scope.
    /// @param policyNow Time that the proof calls "now", Unix seconds.
    /// @param deadline Last second at which the proof may be used.
    struct Evidence {
        uint256[8] proof;
        uint256 registryRoot;
        uint256 nullifier;
        uint40 policyNow;
        uint40 deadline;
    }

    /// @notice The verifier has not the statement's number of public inputs.
    error VerifierUnsuitable(uint256 inputs);
    /// @notice A field of the policy exceeds its bits, or the instalment does.
    error PolicyOutOfRange();
    /// @notice The registry root is unknown, withdrawn, or was replaced too long ago.
    error RootNotFresh(uint256 root);
    /// @notice The proof's "now" is in the future or too long ago.
    error ClockNotFresh(uint256 policyNow, uint256 blockTime);
    /// @notice The proof was meant to be used earlier.
    error DeadlinePassed(uint256 deadline, uint256 blockTime);

    /// @notice A proof was accepted and its application number used up.
    event Consumed(
        address indexed market,
        address indexed borrower,
        uint256 indexed nullifier,
        uint256 productId,
        uint256 nonce
    );

    /// @notice Verifier of the `eligibility` statement.
    function verifier() external view returns (IGroth16Verifier);

    /// @notice Registry whose roots are accepted.
    function registry() external view returns (IIssuerRegistry);

    /// @notice Seconds for which a replaced registry root is still accepted.
    function maxRootAge() external view returns (uint256);

    /// @notice Greatest distance of the proof's "now" behind the block's time, seconds.
    function maxClockAge() external view returns (uint256);

    /// @notice Number that the next application of `borrower` to `market` has.
    function applicationNonce(address market, address borrower) external view returns (uint256);

    /// @notice The scope of a market's pseudonyms.
    function scopeOf(address market) external view returns (uint256);

    /// @notice The context that a proof must carry.
    function contextOf(
        address borrower,
        uint256 productId,
        uint256 principal,
        bytes32 termsHash,
        uint256 nonce,
        uint256 deadline
    ) external view returns (uint256);

    /// @notice The policy packed into one field element, least significant bit first: minScore 16,
    ///         maxScore 16, instalment 48, coverageBps 20, maxDtiBps 16, maxDelinquencies 16,
    ///         minHistoryMonths 16, currency 16, policyNow 40, minIssuedAt 40.
    /// @dev minIssuedAt = policyNow - maxCredentialAge (not below 0), or 0 when the age is neutral.
    function policyWord(Policy calldata policy, uint256 instalment, uint256 policyNow)
        external
        pure
        returns (uint256 word);

    /// @notice Reverts unless `market` could consume this evidence now.
    function check(address market, Application calldata application, Evidence calldata evidence)
        external
        view;

    /// @notice As {check} with the caller as market; then uses up the application number.
    /// @return nullifier The borrower's pseudonym in the caller's scope.
    function consume(Application calldata application, Evidence calldata evidence)
        external
        returns (uint256 nullifier);
}
