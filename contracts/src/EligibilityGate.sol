// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEligibilityGate} from "./interfaces/IEligibilityGate.sol";
import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {IIssuerRegistry} from "./interfaces/IIssuerRegistry.sol";

/// @title Gate that turns an eligibility proof into an application for one loan
/// @dev Has no owner and nothing to configure after deployment.
contract EligibilityGate is IEligibilityGate {
    uint256 private constant INPUTS = 5;

    /// @inheritdoc IEligibilityGate
    IGroth16Verifier public immutable verifier;
    /// @inheritdoc IEligibilityGate
    IIssuerRegistry public immutable registry;
    /// @inheritdoc IEligibilityGate
    uint256 public immutable maxRootAge;
    /// @inheritdoc IEligibilityGate
    uint256 public immutable maxClockAge;
    /// @inheritdoc IEligibilityGate
    mapping(address market => mapping(address borrower => uint256)) public applicationNonce;

    /// @param verifier_ Verifier whose key is that of the `eligibility` statement.
    /// @param registry_ Registry whose roots are accepted.
    /// @param maxRootAge_ See {maxRootAge}.
    /// @param maxClockAge_ See {maxClockAge}.
    constructor(
        IGroth16Verifier verifier_,
        IIssuerRegistry registry_,
        uint256 maxRootAge_,
        uint256 maxClockAge_
    ) {
        uint256 inputs = verifier_.inputCount();
        if (inputs != INPUTS) revert VerifierUnsuitable(inputs);
        verifier = verifier_;
        registry = registry_;
        maxRootAge = maxRootAge_;
        maxClockAge = maxClockAge_;
    }

    /// @inheritdoc IEligibilityGate
    function check(address market, Application calldata application, Evidence calldata evidence)
        external
        view
    {
        _check(market, application, evidence);
    }

    /// @inheritdoc IEligibilityGate
    function consume(Application calldata application, Evidence calldata evidence)
        external
        returns (uint256 nullifier)
    {
        // The verifier and the registry are called with STATICCALL, so nothing can re-enter
        // between the check and the count.
        _check(msg.sender, application, evidence);
        nullifier = evidence.nullifier;
        uint256 nonce = applicationNonce[msg.sender][application.borrower]++;
        emit Consumed(
            msg.sender, application.borrower, nullifier, application.productId, nonce
        );
    }

    /// @inheritdoc IEligibilityGate
    function scopeOf(address market) public view returns (uint256) {
        return uint256(keccak256(abi.encode("zkcredit.market", block.chainid, market))) >> 8;
    }

    /// @inheritdoc IEligibilityGate
    function contextOf(
        address borrower,
        uint256 productId,
        uint256 principal,
        bytes32 termsHash,
        uint256 nonce,
        uint256 deadline
    ) public view returns (uint256) {
        bytes32 digest = keccak256(
            abi.encode(
                block.chainid,
                address(this),
                borrower,
                productId,
                principal,
                termsHash,
                nonce,
                deadline
            )
        );
        return uint256(digest) >> 8;
    }

    /// @inheritdoc IEligibilityGate
    function policyWord(Policy calldata policy, uint256 instalment, uint256 policyNow)
        public
        pure
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
        if (!registry.isFresh(evidence.registryRoot, maxRootAge)) {
            revert RootNotFresh(evidence.registryRoot);
        }
        uint256[] memory inputs = new uint256[](INPUTS);
        inputs[0] = policyWord(application.policy, application.instalment, evidence.policyNow);
        inputs[1] = contextOf(
            application.borrower,
            application.productId,
            application.principal,
            application.termsHash,
            applicationNonce[market][application.borrower],
            evidence.deadline
        );
        inputs[2] = evidence.registryRoot;
        inputs[3] = scopeOf(market);
        inputs[4] = evidence.nullifier;
        verifier.verify(evidence.proof, inputs);
    }
}
