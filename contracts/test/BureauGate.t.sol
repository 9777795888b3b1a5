// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../src/gates/EligibilityGate.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {CreditBureau} from "../src/market/CreditBureau.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {FreeMarket} from "./support/FreeMarket.sol";
import {HashVerifier} from "./support/HashVerifier.sol";
import {LoneMarket} from "./support/LoneMarket.sol";
import {NO_FX} from "./support/NoFx.sol";
import {RegistryFixture} from "./support/RegistryFixture.sol";

/// @dev A bureau and the gate of its members: no pseudonym is taken without its proof.
contract BureauGateTest is RegistryFixture {
    uint256 private constant ROOT = 9;
    address private constant BORROWER = address(0xB0);

    EligibilityGate private gate;
    EligibilityGate private twin;
    CreditBureau private bureau;
    FreeMarket private one;
    FreeMarket private two;
    FreeMarket private outsider;

    function setUp() public {
        deployRegistry(0, CURRENT_AGE);
        post(ROOT);
        gate = new EligibilityGate(new HashVerifier(5), registry, 1 days, 1 hours, NO_FX);
        twin = new EligibilityGate(new HashVerifier(5), registry, 1 days, 1 hours, NO_FX);
        bureau = new CreditBureau(ADMIN, 1 days, 0, ICreditBureau.Kind.Credential);
        one = new FreeMarket(gate);
        two = new FreeMarket(gate);
        outsider = new FreeMarket(gate);
        one.name(address(bureau));
        two.name(address(bureau));
        outsider.name(address(bureau));
        vm.startPrank(ADMIN);
        bureau.addMember(address(one), gate);
        bureau.addMember(address(two), gate);
        vm.stopPrank();
    }

    function application() private pure returns (IApplicationGate.Application memory a) {
        a.borrower = BORROWER;
        a.policy.maxScore = 65_535;
    }

    /// @dev Evidence of a pseudonym that a gate accepts from a market.
    function proved(EligibilityGate asked, FreeMarket market, uint256 who)
        private
        view
        returns (IApplicationGate.Evidence memory e)
    {
        IApplicationGate.Application memory a = application();
        (e.policyNow, e.deadline) = (uint40(block.timestamp), uint40(block.timestamp));
        (e.registryRoot, e.nullifier) = (ROOT, Nullifier.wrap(who));
        uint256 nonce = asked.applicationNonce(address(market), BORROWER);
        e.proof[0] = uint256(
            keccak256(
                abi.encode(
                    asked.policyWord(a.policy, 0, e.policyNow),
                    asked.contextOf(address(market), a, nonce, e.deadline),
                    ROOT,
                    asked.scopeOf(address(market)),
                    who
                )
            )
        );
    }

    function prove(FreeMarket market, uint256 who) private {
        market.consume(application(), proved(gate, market, who));
    }

    function expectNotProved(FreeMarket market, uint256 who, IApplicationGate asked) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ICreditBureau.NotProved.selector, Nullifier.wrap(who), address(asked)
            )
        );
        market.reserve(bureau, Nullifier.wrap(who));
    }

    // --- reserving ----------------------------------------------------------------------------

    function testAMemberReservesNobodyWhoProvedNothing() public {
        expectNotProved(one, 7, gate);
        prove(one, 7);
        expectNotProved(one, 8, gate);
        one.reserve(bureau, Nullifier.wrap(7));
        (ICreditBureau.State state, address member) = bureau.stateOf(Nullifier.wrap(7));
        assertTrue(state == ICreditBureau.State.Reserved, "reserved");
        assertEq(member, address(one), "by whom it was proved to");
    }

    function testAProofForOneMemberServesNoOther() public {
        prove(one, 7);
        expectNotProved(two, 7, gate);
        assertTrue(gate.consumedLast(address(one), Nullifier.wrap(7)), "one");
        assertTrue(!gate.consumedLast(address(two), Nullifier.wrap(7)), "two");
        assertTrue(!twin.consumedLast(address(one), Nullifier.wrap(7)), "another gate");
    }

    /// forge-config: default.isolate = true
    function testAProofServesOneTransaction() public {
        prove(one, 7);
        assertTrue(!gate.consumedLast(address(one), Nullifier.wrap(7)), "forgotten");
        expectNotProved(one, 7, gate);
    }

    function testARefusedProofIsNotRemembered() public {
        IApplicationGate.Evidence memory e = proved(gate, one, 7);
        e.nullifier = Nullifier.wrap(8);
        (bool ok,) = address(one).call(abi.encodeCall(one.consume, (application(), e)));
        assertTrue(!ok, "refused");
        expectNotProved(one, 7, gate);
        expectNotProved(one, 8, gate);
    }

    /// @dev A member that changed its gate would otherwise say of anybody that they proved.
    function testTheGateOfTheAdmissionIsAsked() public {
        one.change(twin);
        IApplicationGate.Evidence memory e = proved(twin, one, 7);
        one.consume(application(), e);
        expectNotProved(one, 7, gate);
        assertEq(address(bureau.gateOf(address(one))), address(gate), "gate");
    }

    function testOnlyTheLastProofCounts() public {
        prove(one, 7);
        prove(one, 8);
        expectNotProved(one, 7, gate);
        one.reserve(bureau, Nullifier.wrap(8));
    }

    function testACheckIsNotAProof() public {
        gate.check(address(one), application(), proved(gate, one, 7));
        expectNotProved(one, 7, gate);
    }

    // --- members ------------------------------------------------------------------------------

    function testAMemberIsAdmittedWithItsGate() public {
        vm.startPrank(ADMIN);
        vm.expectRevert(
            abi.encodeWithSelector(ICreditBureau.GateDiffers.selector, address(gate))
        );
        bureau.addMember(address(outsider), twin);
        outsider.change(IApplicationGate(address(registry)));
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.WrongKind.selector, address(registry))
        );
        bureau.addMember(address(outsider), IApplicationGate(address(registry)));
        outsider.change(IApplicationGate(BORROWER));
        vm.expectRevert(abi.encodeWithSelector(Requirements.NotAContract.selector, BORROWER));
        bureau.addMember(address(outsider), IApplicationGate(BORROWER));
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.WrongKind.selector, address(registry))
        );
        bureau.addMember(address(registry), gate);
        outsider.change(twin);
        bureau.addMember(address(outsider), twin);
        assertEq(address(bureau.gateOf(address(outsider))), address(twin), "gate");
        bureau.removeMember(address(outsider));
        assertEq(address(bureau.gateOf(address(outsider))), address(0), "no gate");
        vm.stopPrank();
    }

    // --- scopes -------------------------------------------------------------------------------

    function testMembersShareTheScopeOfTheirBureau() public {
        assertEq(gate.scopeOf(address(one)), bureau.scope(), "one");
        assertEq(gate.scopeOf(address(two)), bureau.scope(), "two");
        uint256 before = bureau.scope();
        vm.chainId(5);
        assertEq(gate.scopeOf(address(one)), bureau.scope(), "another chain");
        assertTrue(bureau.scope() != before, "another scope");
    }

    function testAMarketAloneHasAScopeOfItsOwn() public {
        LoneMarket alone = new LoneMarket();
        assertEq(
            gate.scopeOf(address(alone)),
            uint256(keccak256(abi.encode("zkcredit.bureau", block.chainid, alone))) >> 8,
            "scope"
        );
    }

    /// @dev A rogue market would learn pseudonyms of the bureau.
    function testAGateTakesNoPseudonymForAMarketThatIsNoMember() public {
        bytes memory refusal =
            abi.encodeWithSelector(IApplicationGate.NotMember.selector, address(outsider));
        vm.expectRevert(refusal);
        gate.scopeOf(address(outsider));
        IApplicationGate.Evidence memory e = proved(gate, one, 7);
        vm.expectRevert(refusal);
        gate.check(address(outsider), application(), e);
        vm.expectRevert(refusal);
        outsider.consume(application(), e);

        vm.prank(ADMIN);
        bureau.removeMember(address(one));
        vm.expectRevert(
            abi.encodeWithSelector(IApplicationGate.NotMember.selector, address(one))
        );
        one.consume(application(), e);
    }

    function testABureauMustBeOne() public {
        address[2] memory wrong = [address(registry), address(gate)];
        for (uint256 i = 0; i < 2; ++i) {
            outsider.name(wrong[i]);
            vm.expectRevert(abi.encodeWithSelector(Requirements.WrongKind.selector, wrong[i]));
            gate.scopeOf(address(outsider));
        }
        outsider.name(BORROWER);
        vm.expectRevert(abi.encodeWithSelector(Requirements.NotAContract.selector, BORROWER));
        gate.scopeOf(address(outsider));
        vm.expectRevert(abi.encodeWithSelector(Requirements.NotAContract.selector, BORROWER));
        gate.scopeOf(BORROWER);
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.WrongKind.selector, address(registry))
        );
        gate.scopeOf(address(registry));
    }
}
