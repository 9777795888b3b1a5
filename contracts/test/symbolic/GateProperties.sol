// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../../src/gates/EligibilityGate.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {IIssuerRegistry} from "../../src/interfaces/IIssuerRegistry.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {NO_FX} from "../support/NoFx.sol";
import {AcceptingVerifier, SymbolicBase} from "./SymbolicBase.sol";

/// @dev A gate behind which every proof is accepted: what it asks for besides the proof.
contract GateProperties is SymbolicBase {
    uint256 private constant CLOCK_AGE = 1 hours;
    uint256 private constant ROOT_AGE = 1 days;
    EligibilityGate private gate;
    bool private fresh;
    uint256 private freshRoot;

    function setUp() public {
        gate = new EligibilityGate(
            new AcceptingVerifier(5), IIssuerRegistry(address(this)), ROOT_AGE, CLOCK_AGE, NO_FX
        );
    }

    /// @dev The caller of the gate is a market alone.
    function bureau() external view returns (address) {
        return address(this);
    }

    function maxCurrentAge() external pure returns (uint256) {
        return 30 days;
    }

    /// @dev The registry's answer; the gate asks with its own age.
    function isFresh(uint256 root, uint256 maxAge) external view returns (bool) {
        return fresh && root == freshRoot && maxAge == ROOT_AGE;
    }

    function evidenceOf(uint256 root, uint256 nullifier, uint40 policyNow, uint40 deadline)
        private
        pure
        returns (IApplicationGate.Evidence memory e)
    {
        e.registryRoot = root;
        e.nullifier = Nullifier.wrap(nullifier);
        e.policyNow = policyNow;
        e.deadline = deadline;
    }

    function accepts(
        IApplicationGate.Application memory a,
        IApplicationGate.Evidence memory e
    ) private returns (bool ok) {
        (ok,) = address(gate).call(abi.encodeCall(IApplicationGate.consume, (a, e)));
    }

    /// @dev Freshness: of root, clock and deadline, to the second.
    function check_OnlyFreshEvidenceIsAccepted(
        IApplicationGate.Application memory a,
        uint256 root,
        uint256 nullifier,
        uint40 policyNow,
        uint40 deadline,
        uint40 time,
        bool isRootFresh
    ) external {
        vm.warp(time);
        (fresh, freshRoot) = (isRootFresh, root);
        if (!accepts(a, evidenceOf(root, nullifier, policyNow, deadline))) return;
        assert(isRootFresh);
        assert(time <= deadline);
        assert(policyNow <= time && time - policyNow <= CLOCK_AGE);
    }

    function check_FreshEvidenceIsAccepted(
        address borrower,
        uint256 root,
        uint256 nullifier,
        uint40 policyNow,
        uint40 deadline,
        uint40 time
    ) external {
        vm.assume(time <= deadline && policyNow <= time && time - policyNow <= CLOCK_AGE);
        vm.warp(time);
        (fresh, freshRoot) = (true, root);
        IApplicationGate.Application memory a;
        a.borrower = borrower;
        assert(accepts(a, evidenceOf(root, nullifier, policyNow, deadline)));
    }

    /// @dev A root that is fresh does not make another one fresh.
    function check_AnotherRootIsRefused(
        IApplicationGate.Application memory a,
        uint256 root,
        uint256 other,
        uint256 nullifier,
        uint40 time
    ) external {
        vm.assume(root != other);
        vm.warp(time);
        (fresh, freshRoot) = (true, root);
        assert(!accepts(a, evidenceOf(other, nullifier, time, time)));
    }

    /// @dev Only the application's own number moves, and by one.
    function check_OneApplicationIsCountedOnce(
        address borrower,
        address otherMarket,
        address otherBorrower,
        uint256 nullifier,
        uint40 time
    ) external {
        address market = address(this);
        vm.assume(otherMarket != market || otherBorrower != borrower);
        vm.warp(time);
        (fresh, freshRoot) = (true, 1);
        uint256 own = gate.applicationNonce(market, borrower);
        uint256 others = gate.applicationNonce(otherMarket, otherBorrower);
        IApplicationGate.Application memory a;
        a.borrower = borrower;
        bool ok = accepts(a, evidenceOf(1, nullifier, time, time));
        assert(gate.applicationNonce(market, borrower) == own + (ok ? 1 : 0));
        assert(gate.applicationNonce(otherMarket, otherBorrower) == others);
    }

    function check_IssuersOfALedgerAreNotJudged(
        IApplicationGate.Application memory a,
        uint256 root,
        uint256 nullifier,
        uint40 time
    ) external {
        vm.warp(time);
        (fresh, freshRoot) = (true, root);
        if (accepts(a, evidenceOf(root, nullifier, time, time))) assert(a.issuers == 0);
    }
}
