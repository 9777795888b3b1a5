// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Nullifier} from "../types/Nullifier.sol";
import {ProductId} from "../types/ProductId.sol";
import {IGroth16Verifier} from "./IGroth16Verifier.sol";
import {IIssuerRegistry} from "./IIssuerRegistry.sol";

/// @title Gate that turns a proof into an application for one loan
/// @notice Checks the proof that comes with an application and uses up the application's number.
///         A market works with any gate; what differs between gates is the statement that is
///         proved, and where its public inputs come from.
/// @dev A gate computes the two public inputs that every statement begins with:
///      - policy: see {policyWord};
///      - context = keccak256(abi.encode(chainid, gate, market, borrower, productId, principal,
///        purpose, termsHash, nonce, deadline)) >> 8, all static types.
///      So a proof fits exactly one chain, gate, market, borrower, product, principal, purpose,
///      terms, application number and deadline. The interface of each gate names the inputs that
///      follow.
///
///      The gate counts applications per (market, borrower) and stores nothing else of them: what
///      a nullifier may do next is for the market's bureau to decide. The bureau asks
///      {consumedLast}, so that no member takes a pseudonym without its proof.
///
///      Assumptions:
///      - the verifier's key is that of the gate's statement: the constructor compares the number
///        of public inputs, and no contract can compare more;
///      - a market passes as `borrower` the address that pays for gas or receives the money, never
///        an address that the caller chooses freely.
///
///      Warning: {check} and {consume} revert when a proof is refused. They never answer "false",
///      so a call that ran out of gas cannot be recorded as a bad proof.
interface IApplicationGate {
    /// @notice A lender's conditions. Each field has a neutral value that switches it off.
    /// @param minScore Lowest score accepted, points (neutral 0).
    /// @param maxScore Highest score accepted, points (neutral 65535).
    /// @param coverageBps Least free income over the instalment, basis points, below 2^20
    ///        (neutral 0).
    /// @param maxDtiBps Highest debt service over income, the new instalment included, basis
    ///        points (neutral 65535).
    /// @param maxDelinquencies Highest number of delinquencies in the last 24 months (neutral
    ///        65535).
    /// @param minHistoryMonths Shortest credit history accepted, months (neutral 0).
    /// @param currency ISO 4217 number of the currency that the borrower's amounts are in (neutral 0,
    ///        any).
    /// @param maxCredentialAge Greatest age of the credential at `policyNow`, seconds (neutral 0).
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

    /// @notice The loan that the proof is for, as the market states it.
    /// @param borrower Address that applies for the loan.
    /// @param productId Number of the product: the address of its data contract.
    /// @param principal Amount asked for, minor currency units.
    /// @param purpose Number of the loan's purpose; 0 if the borrower does not say.
    /// @param instalment Level instalment of the loan, minor currency units, below 2^48.
    /// @param currency ISO 4217 number of the loan's currency; 0 if it is not said.
    /// @param termsHash Hash of everything that the lender promises and demands.
    /// @param issuers Hash of the list of issuers whose ledger entries count, see
    ///        {ICreditLedger.issuersOf}; 0 if the product names none.
    /// @param minCycle Least number of loans that the pseudonym repaid at the market's bureau.
    /// @param historyTerms Conditions on a record, as {IHistoryGate-historyTermsWord} takes them; 0
    ///        without a source.
    /// @param historySource History tree in which the borrower proves a record; address 0 if the
    ///        product does not ask for one.
    /// @param policy The lender's conditions.
    struct Application {
        address borrower;
        ProductId productId;
        uint256 principal;
        uint16 purpose;
        uint256 instalment;
        uint16 currency;
        bytes32 termsHash;
        bytes26 issuers;
        uint16 minCycle;
        uint256 historyTerms;
        address historySource;
        Policy policy;
    }

    /// @notice The proof and the public values that the borrower brings.
    /// @param proof Groth16 proof, encoded as in IGroth16Verifier.
    /// @param registryRoot Root of the issuer tree that the proof was made against; 0 for a
    ///        statement that has no such tree.
    /// @param nullifier The borrower's pseudonym in the market.
    /// @param policyNow Time that the proof calls "now", Unix seconds.
    /// @param deadline Last second at which the proof may be used, Unix seconds.
    /// @param extra What one kind of gate needs besides, ABI-encoded as its interface says; empty
    ///        for the others.
    struct Evidence {
        uint256[8] proof;
        uint256 registryRoot;
        Nullifier nullifier;
        uint40 policyNow;
        uint40 deadline;
        bytes extra;
    }

    /// @notice Thrown when the verifier's key is for a different number of public inputs.
    /// @param inputs Number of public inputs of the verifier's key.
    error VerifierUnsuitable(uint256 inputs);
    /// @notice Thrown when a field of the policy, the instalment or `policyNow` exceeds its bits.
    error PolicyOutOfRange();
    /// @notice Thrown when the proof's "now" is in the future or more than {maxClockAge} ago.
    /// @param policyNow Time that the proof calls "now", Unix seconds.
    /// @param blockTime Time of the block, Unix seconds.
    error ClockNotFresh(uint256 policyNow, uint256 blockTime);
    /// @notice Thrown when the proof is used after its deadline.
    /// @param deadline Last second at which the proof could be used, Unix seconds.
    /// @param blockTime Time of the block, Unix seconds.
    error DeadlinePassed(uint256 deadline, uint256 blockTime);
    /// @notice Thrown when the evidence brings `extra` bytes that this kind of gate does not judge.
    /// @param length Number of bytes.
    error ExtraNotJudged(uint256 length);

    /// @notice Thrown when the product names issuers of ledger entries, and the statement does not
    ///         judge them.
    error IssuersNotJudged();
    /// @notice Thrown when the product asks for a history, and the statement does not judge any.
    error HistoryNotJudged();
    /// @notice Thrown when the pseudonym repaid too few loans at the market's bureau.
    /// @param repaid Number of loans that it repaid.
    /// @param minCycle Number that the product asks for.
    error CycleTooLow(uint256 repaid, uint256 minCycle);
    /// @notice Thrown when a market names a bureau of which it is not a member.
    /// @param market Address of the market.
    error NotMember(address market);

    /// @notice Emitted when a proof is accepted and its application number is used up.
    /// @param market Market that consumed the proof.
    /// @param borrower Address that applied.
    /// @param nullifier The borrower's pseudonym in the market.
    /// @param productId Number of the product: the address of its data contract.
    /// @param nonce Application number that was used up.
    event Consumed(
        address indexed market,
        address indexed borrower,
        Nullifier indexed nullifier,
        ProductId productId,
        uint256 nonce
    );

    /// @notice Verifier of the gate's statement; fixed at deployment.
    /// @return The verifier's contract.
    function verifier() external view returns (IGroth16Verifier);

    /// @notice How far the proof's "now" may lie behind the block's time; fixed at deployment.
    /// @return Greatest distance, seconds.
    function maxClockAge() external view returns (uint256);

    /// @notice Registry whose roots the proofs name; fixed at deployment.
    /// @return The registry; address 0 if the statement has none.
    function registry() external view returns (IIssuerRegistry);

    /// @notice Number of the next application of a borrower to a market.
    /// @param market Address of the market.
    /// @param borrower Address of the borrower.
    /// @return Number of applications consumed so far: the first one has the number 0.
    function applicationNonce(address market, address borrower) external view returns (uint256);

    /// @notice Scope of a market: a nullifier is a borrower's pseudonym within one scope.
    /// @dev A scope is a bureau's: keccak256(abi.encode("zkcredit.bureau", chainid, bureau)) >> 8,
    ///      the text as a dynamic `string`. All markets of a bureau have its scope; a market alone
    ///      is a bureau with one member, and `bureau` is then the market's own address.
    ///      Reverts with NotAContract, WrongKind or NotMember.
    /// @param market Address of the market.
    /// @return The scope, a field element.
    function scopeOf(address market) external view returns (uint256);

    /// @notice Whether the last proof that the gate accepted in this transaction was one of a
    ///         pseudonym, consumed by a market.
    /// @param market Address of the market.
    /// @param nullifier The pseudonym.
    /// @return Whether it was; false again in the next transaction.
    function consumedLast(address market, Nullifier nullifier) external view returns (bool);

    /// @notice Context that the proof of an application must carry.
    /// @dev Instalment and policy are in {policyWord}, a public input of its own; `currency`,
    ///      `issuers` and what is asked of cycle and history are in the terms that `termsHash` is of.
    /// @param market Address of the market.
    /// @param application The loan that the proof is for.
    /// @param nonce Application number, see {applicationNonce}.
    /// @param deadline Last second at which the proof may be used, Unix seconds.
    /// @return The context, a field element.
    function contextOf(
        address market,
        Application calldata application,
        uint256 nonce,
        uint256 deadline
    ) external view returns (uint256);

    /// @notice The policy packed into one field element, least significant bit first: minScore 16,
    ///         maxScore 16, instalment 48, coverageBps 20, maxDtiBps 16, maxDelinquencies 16,
    ///         minHistoryMonths 16, currency 16, policyNow 40, minIssuedAt 40.
    /// @dev minIssuedAt = policyNow - maxCredentialAge (not below 0), or 0 if the age is neutral.
    ///      Warning: a gate reverts on a condition that its statement does not judge.
    /// @param policy The lender's conditions.
    /// @param instalment Level instalment of the loan, minor currency units of the policy, below
    ///        2^48.
    /// @param policyNow Time that the proof calls "now", Unix seconds, below 2^40.
    /// @return word The packed policy.
    function policyWord(Policy calldata policy, uint256 instalment, uint256 policyNow)
        external
        pure
        returns (uint256 word);

    /// @notice Reverts unless `market` could consume this evidence now.
    /// @param market Address of the market.
    /// @param application The loan that the proof is for.
    /// @param evidence The proof and its public values.
    function check(address market, Application calldata application, Evidence calldata evidence)
        external
        view;

    /// @notice Does what {check} does with the caller as market, and then uses up the application
    ///         number.
    /// @param application The loan that the proof is for.
    /// @param evidence The proof and its public values.
    /// @return nullifier The borrower's pseudonym in the caller's scope.
    function consume(Application calldata application, Evidence calldata evidence)
        external
        returns (Nullifier nullifier);
}
