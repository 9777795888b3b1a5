// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../interfaces/ICreditBureau.sol";
import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {ProductId} from "../types/ProductId.sol";

/// @title Common part of all gates: application, context, policy word, clock, count
/// @dev Has no owner, and nothing can be configured after deployment. A gate says which public
///      inputs its statement has.
abstract contract ApplicationGate is IApplicationGate {
    uint256 private constant RECORD_WORDS = 11; // members of ICreditBureau.Record

    /// @inheritdoc IApplicationGate
    IGroth16Verifier public immutable verifier;
    /// @inheritdoc IApplicationGate
    uint256 public immutable maxClockAge;
    /// @inheritdoc IApplicationGate
    mapping(address market => mapping(address borrower => uint256)) public applicationNonce;

    // market and pseudonym of the last proof that was accepted in this transaction
    bytes32 private transient _last;

    /// @notice Reverts with NotAContract, WrongKind, AgeInvalid, or VerifierUnsuitable unless the
    ///         verifier's key has `inputs` inputs.
    /// @param verifier_ Verifier whose key is that of the gate's statement.
    /// @param inputs Number of public inputs of that statement.
    /// @param maxClockAge_ How far the proof's "now" may lie behind the block's time, seconds,
    ///        at most 365 days.
    constructor(IGroth16Verifier verifier_, uint256 inputs, uint256 maxClockAge_) {
        Requirements.requireAge(maxClockAge_);
        uint256 found = Requirements.requireWord(
            address(verifier_), abi.encodeCall(IGroth16Verifier.inputCount, ())
        );
        if (found != inputs) revert VerifierUnsuitable(found);
        verifier = verifier_;
        maxClockAge = maxClockAge_;
    }

    /// @inheritdoc IApplicationGate
    function check(address market, Application calldata application, Evidence calldata evidence)
        external
        view
    {
        _check(market, application, evidence);
    }

    /// @inheritdoc IApplicationGate
    function consume(Application calldata application, Evidence calldata evidence)
        external
        returns (Nullifier nullifier)
    {
        // every contract that {_check} asks is called by STATICCALL, so nothing can re-enter
        // between the check and the count
        _check(msg.sender, application, evidence);
        nullifier = evidence.nullifier;
        uint256 nonce = applicationNonce[msg.sender][application.borrower]++;
        emit Consumed(
            msg.sender, application.borrower, nullifier, application.productId, nonce
        );
        _last = keccak256(abi.encode(msg.sender, nullifier));
        _consumed(application, evidence, nonce);
    }

    /// @inheritdoc IApplicationGate
    function consumedLast(address market, Nullifier nullifier) external view returns (bool) {
        return _last == keccak256(abi.encode(market, nullifier));
    }

    /// @inheritdoc IApplicationGate
    function scopeOf(address market) public view returns (uint256) {
        return _scopeOfBureau(_bureauOf(market));
    }

    /// @inheritdoc IApplicationGate
    function contextOf(
        address market,
        Application calldata application,
        uint256 nonce,
        uint256 deadline
    ) public view returns (uint256) {
        bytes32 digest = keccak256(
            abi.encode(
                block.chainid,
                address(this),
                market,
                application.borrower,
                application.productId,
                application.principal,
                application.purpose,
                application.termsHash,
                nonce,
                deadline
            )
        );
        return uint256(digest) >> 8;
    }

    /// @inheritdoc IApplicationGate
    function policyWord(Policy calldata policy, uint256 instalment, uint256 policyNow)
        public
        pure
        virtual
        returns (uint256 word)
    {
        if (
            policy.coverageBps >= 1 << 20 || instalment >= 1 << 48 || policyNow >= 1 << 40
        ) revert PolicyOutOfRange();
        uint256 age = policy.maxCredentialAge;
        // the comparison keeps the subtraction from underflowing
        uint256 minIssuedAt = age == 0 || age > policyNow ? 0 : policyNow - age;
        word = minIssuedAt;
        word = (word << 40) | policyNow;
        word = (word << 16) | policy.currency;
        word = (word << 16) | policy.minHistoryMonths;
        word = (word << 16) | policy.maxDelinquencies;
        word = (word << 16) | policy.maxDtiBps;
        word = (word << 20) | policy.coverageBps;
        word = (word << 48) | instalment;
        word = (word << 16) | policy.maxScore;
        word = (word << 16) | policy.minScore;
    }

    function _check(
        address market,
        Application calldata application,
        Evidence calldata evidence
    ) private view {
        if (block.timestamp > evidence.deadline) {
            revert DeadlinePassed(evidence.deadline, block.timestamp);
        }
        bool future = evidence.policyNow > block.timestamp;
        if (future || block.timestamp - evidence.policyNow > maxClockAge) {
            revert ClockNotFresh(evidence.policyNow, block.timestamp);
        }
        _checkExtra(application, evidence.extra);
        if (application.minCycle != 0) {
            _checkCycle(_bureauOf(market), application.minCycle, evidence.nullifier);
        }
        verifier.verify(evidence.proof, _inputs(market, application, evidence));
    }

    /// @dev Whether the policy is in another currency than the loan. Then a source of rates judges
    ///      the bytes of `extra` that the gate does not.
    function _isForeign(Application calldata application) internal pure returns (bool) {
        uint256 currency = application.policy.currency;
        return currency != 0 && currency != application.currency;
    }

    /// @dev The instalment in the currency in which the policy judges it, minor units.
    function _burden(Application calldata application, Evidence calldata)
        internal
        view
        virtual
        returns (uint256)
    {
        return application.instalment;
    }

    /// @dev Reverts unless the gate judges these bytes, and what is asked of the history: most kinds
    ///      judge neither.
    function _checkExtra(Application calldata application, bytes calldata extra)
        internal
        view
        virtual
    {
        if (extra.length != 0 && !_isForeign(application)) revert ExtraNotJudged(extra.length);
        if (application.historySource != address(0) || application.historyTerms != 0) {
            revert HistoryNotJudged();
        }
    }

    function _checkCycle(address bureau, uint256 minCycle, Nullifier nullifier) private view {
        bytes memory record = Requirements.requireAnswer(
            bureau, abi.encodeCall(ICreditBureau.recordOf, (nullifier)), RECORD_WORDS
        );
        uint256 repaid = abi.decode(record, (ICreditBureau.Record)).repaid;
        if (repaid < minCycle) revert CycleTooLow(repaid, minCycle);
    }

    /// @dev The market's bureau, of which it is a member.
    function _bureauOf(address market) private view returns (address bureau) {
        bureau = Requirements.requireAddress(market, abi.encodeCall(ILoanMarket.bureau, ()));
        if (bureau == market) return bureau;
        uint256 member = Requirements.requireWord(
            bureau, abi.encodeCall(ICreditBureau.isMember, (market))
        );
        if (member != 1) revert NotMember(market);
    }

    /// @dev The scope of a bureau.
    function _scopeOfBureau(address bureau) internal view returns (uint256) {
        return uint256(keccak256(abi.encode("zkcredit.bureau", block.chainid, bureau))) >> 8;
    }

    /// @dev Returns the statement's public inputs. Reverts if what they are made of is refused.
    function _inputs(address market, Application calldata application, Evidence calldata evidence)
        internal
        view
        virtual
        returns (uint256[] memory inputs);

    /// @dev Called after an application was accepted, for a gate that stores something of it;
    ///      `nonce` is the application's number.
    function _consumed(
        Application calldata application,
        Evidence calldata evidence,
        uint256 nonce
    ) internal virtual {}

    /// @dev Returns {policyWord} and {contextOf} of one application; the word has the instalment in
    ///      the policy's currency.
    function _policyAndContext(
        address market,
        Application calldata application,
        Evidence calldata evidence
    ) internal view returns (uint256 policy, uint256 context) {
        policy = policyWord(
            application.policy, _burden(application, evidence), evidence.policyNow
        );
        uint256 nonce = applicationNonce[market][application.borrower];
        context = contextOf(market, application, nonce, evidence.deadline);
    }
}
