// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {CreditBureau} from "../src/market/CreditBureau.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {BureauMember} from "./support/BureauMember.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev One loan a pseudonym among all members, and a record that only its market changes.
contract CreditBureauTest is TestBase {
    address private constant ADMIN = address(0xAD);
    uint256 private constant START = 1_800_000_000;
    uint256 private constant REHABILITATION = 365 days;
    Nullifier private constant WHO = Nullifier.wrap(7);
    uint256 private constant TODAY = START / 1 days;

    CreditBureau private bureau =
        new CreditBureau(ADMIN, REHABILITATION, 978, ICreditBureau.Kind.Credential);
    address private one = address(new BureauMember());
    address private two = address(new BureauMember());
    address private outsider = address(new BureauMember());

    function setUp() public {
        vm.warp(START);
        vm.startPrank(ADMIN);
        bureau.addMember(one, IApplicationGate(one));
        bureau.addMember(two, IApplicationGate(two));
        vm.stopPrank();
    }

    function reserveAs(address market) private {
        vm.prank(market);
        bureau.reserve(WHO, block.timestamp + 7 days);
    }

    function startAs(address market) private {
        vm.prank(market);
        bureau.start(WHO, 100_000, block.timestamp + 35 days);
    }

    function progressAs(address market, uint256 onTime, uint256 late, uint256 graceEndsAt)
        private
    {
        vm.prank(market);
        bureau.progress(WHO, onTime, late, graceEndsAt);
    }

    function closeAs(address market, ICreditBureau.Ending ending) private {
        vm.prank(market);
        bureau.close(WHO, ending);
    }

    function runningAt(address market) private {
        reserveAs(market);
        startAs(market);
    }

    function record() private view returns (ICreditBureau.Record memory) {
        return bureau.recordOf(WHO);
    }

    function state() private view returns (ICreditBureau.State found) {
        (found,) = bureau.stateOf(WHO);
    }

    function expectTaken(address market, ICreditBureau.State taken, uint256 possibleAt) private {
        (bool free, uint256 found) = bureau.isFree(WHO);
        assertTrue(!free && found == possibleAt, "isFree");
        vm.expectRevert(
            abi.encodeWithSelector(
                ICreditBureau.PseudonymTaken.selector, WHO, taken, possibleAt
            )
        );
        reserveAs(market);
    }

    function expectNotHere(ICreditBureau.State found, address member) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ICreditBureau.NotRunningHere.selector, WHO, found, member
            )
        );
    }

    // --- the bureau ---------------------------------------------------------------------------

    function testABureauSaysWhatItIs() public {
        assertEq(bureau.rehabilitation(), REHABILITATION, "rehabilitation");
        assertEq(bureau.currency(), 978, "currency");
        assertTrue(bureau.kind() == ICreditBureau.Kind.Credential, "kind");
        assertEq(
            bureau.scope(),
            uint256(keccak256(abi.encode("zkcredit.bureau", block.chainid, bureau))) >> 8,
            "scope"
        );
        uint256 before = bureau.scope();
        vm.chainId(5);
        assertTrue(bureau.scope() != before, "another chain");
    }

    function testARehabilitationIsADayOrNever() public {
        uint256[4] memory wrong =
            [uint256(1), 1 days - 1, 3_650 days + 1, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ICreditBureau.RehabilitationInvalid.selector, wrong[i])
            );
            new CreditBureau(ADMIN, wrong[i], 0, ICreditBureau.Kind.Ledger);
        }
        new CreditBureau(ADMIN, 0, 0, ICreditBureau.Kind.Ledger);
        new CreditBureau(ADMIN, 1 days, 0, ICreditBureau.Kind.Ledger);
        new CreditBureau(ADMIN, 3_650 days, 0, ICreditBureau.Kind.Ledger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector,
                address(0)
            )
        );
        new CreditBureau(address(0), 0, 0, ICreditBureau.Kind.Ledger);
    }

    function testOnlyTheAdminChangesMembers() public {
        bytes memory refusal = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, one, bytes32(0)
        );
        vm.startPrank(one);
        vm.expectRevert(refusal);
        bureau.addMember(outsider, IApplicationGate(outsider));
        vm.expectRevert(refusal);
        bureau.removeMember(two);
        vm.stopPrank();
        vm.startPrank(ADMIN);
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.NotAContract.selector, address(0xE0A))
        );
        bureau.addMember(address(0xE0A), IApplicationGate(one));
        vm.expectEmit(true, true, true, true, address(bureau));
        emit ICreditBureau.MemberChanged(outsider, outsider);
        bureau.addMember(outsider, IApplicationGate(outsider));
        assertTrue(bureau.isMember(outsider), "member");
        bureau.removeMember(outsider);
        assertTrue(!bureau.isMember(outsider), "removed");
    }

    function testAnOutsiderOpensNothing() public {
        bytes memory refusal =
            abi.encodeWithSelector(ICreditBureau.NotMember.selector, outsider);
        vm.startPrank(outsider);
        vm.expectRevert(refusal);
        bureau.reserve(WHO, START + 1);
        vm.expectRevert(refusal);
        bureau.start(WHO, 1, START);
        bureau.cancel(WHO);
        vm.stopPrank();
        assertEq(record().opened, 0, "record");
    }

    // --- reservations -------------------------------------------------------------------------

    function testAReservationHasAnEnd() public {
        uint256[3] memory wrong = [START - 1, START + 91 days + 1, type(uint256).max];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ICreditBureau.ReservationInvalid.selector, wrong[i])
            );
            vm.prank(one);
            bureau.reserve(WHO, wrong[i]);
        }
        vm.prank(one);
        bureau.reserve(WHO, START);
        vm.warp(START + 1);
        vm.prank(one);
        bureau.reserve(WHO, START + 1 + 91 days);
    }

    function testAReservationLapsesAfterItsLastSecond() public {
        reserveAs(one);
        uint256 until = START + 7 days;
        vm.warp(until);
        assertTrue(state() == ICreditBureau.State.Reserved, "reserved");
        expectTaken(one, ICreditBureau.State.Reserved, until + 1);
        expectTaken(two, ICreditBureau.State.Reserved, until + 1);
        vm.warp(until + 1);
        assertTrue(state() == ICreditBureau.State.Free, "lapsed");
        reserveAs(two);
        // what the first member does about its lapsed one does not touch the second's
        vm.expectRevert(abi.encodeWithSelector(ICreditBureau.NotReserved.selector, WHO));
        startAs(one);
        vm.prank(one);
        bureau.cancel(WHO);
        (ICreditBureau.State found, address member) = bureau.stateOf(WHO);
        assertTrue(found == ICreditBureau.State.Reserved, "still reserved");
        assertEq(member, two, "member");
        assertEq(record().opened, 0, "no trace");
    }

    function testOnlyItsMemberCancels() public {
        reserveAs(one);
        vm.prank(two);
        bureau.cancel(WHO);
        assertTrue(state() == ICreditBureau.State.Reserved, "reserved");
        vm.expectEmit(true, true, true, true, address(bureau));
        emit ICreditBureau.ReservationCancelled(WHO);
        vm.prank(one);
        bureau.cancel(WHO);
        assertTrue(state() == ICreditBureau.State.Free, "free");
        reserveAs(two);
    }

    function testCancelEndsNoLoan() public {
        runningAt(one);
        vm.prank(one);
        bureau.cancel(WHO);
        assertTrue(state() == ICreditBureau.State.Open, "open");
        closeAs(one, ICreditBureau.Ending.Defaulted);
        vm.prank(one);
        bureau.cancel(WHO);
        assertTrue(state() == ICreditBureau.State.Defaulted, "defaulted");
    }

    // --- loans --------------------------------------------------------------------------------

    function testALoanNeedsAReservationOfItsMarket() public {
        bytes memory refusal = abi.encodeWithSelector(ICreditBureau.NotReserved.selector, WHO);
        vm.expectRevert(refusal);
        startAs(one);
        reserveAs(one);
        vm.expectRevert(refusal);
        startAs(two);
        vm.warp(START + 7 days + 1);
        vm.expectRevert(refusal);
        startAs(one);
        vm.warp(START + 7 days);
        startAs(one);
        vm.expectRevert(refusal);
        startAs(one);
    }

    function testASecondLoanIsRefusedAtEveryMember() public {
        runningAt(one);
        expectTaken(one, ICreditBureau.State.Open, 0);
        expectTaken(two, ICreditBureau.State.Open, 0);
        closeAs(one, ICreditBureau.Ending.Repaid);
        runningAt(two);
        assertEq(record().opened, 2, "opened");
    }

    function testOnlyTheOpenerProgressesAndCloses() public {
        runningAt(one);
        address[3] memory others = [two, outsider, ADMIN];
        for (uint256 i = 0; i < 3; ++i) {
            expectNotHere(ICreditBureau.State.Open, one);
            progressAs(others[i], 1, 0, START);
            for (uint256 ending = 0; ending < 2; ++ending) {
                expectNotHere(ICreditBureau.State.Open, one);
                closeAs(others[i], ICreditBureau.Ending(ending));
            }
        }
        expectNotHere(ICreditBureau.State.Open, one);
        closeAs(one, ICreditBureau.Ending.Recovered);
    }

    function testWhatDoesNotRunIsNotProgressed() public {
        expectNotHere(ICreditBureau.State.Free, address(0));
        progressAs(one, 1, 0, START);
        expectNotHere(ICreditBureau.State.Free, address(0));
        closeAs(one, ICreditBureau.Ending.Repaid);
        reserveAs(one);
        expectNotHere(ICreditBureau.State.Reserved, one);
        progressAs(one, 1, 0, START);
        startAs(one);
        closeAs(one, ICreditBureau.Ending.Repaid);
        expectNotHere(ICreditBureau.State.Free, one);
        progressAs(one, 1, 0, START);
        expectNotHere(ICreditBureau.State.Free, one);
        closeAs(one, ICreditBureau.Ending.Repaid);
        runningAt(one);
        closeAs(one, ICreditBureau.Ending.Defaulted);
        expectNotHere(ICreditBureau.State.Defaulted, one);
        progressAs(one, 1, 0, START);
        expectNotHere(ICreditBureau.State.Defaulted, one);
        closeAs(one, ICreditBureau.Ending.Repaid);
    }

    function testARemovedMemberClosesWhatItOpened() public {
        runningAt(one);
        vm.prank(ADMIN);
        bureau.removeMember(one);
        progressAs(one, 1, 1, START + 60 days);
        closeAs(one, ICreditBureau.Ending.Defaulted);
        closeAs(one, ICreditBureau.Ending.Recovered);
        vm.warp(START + REHABILITATION);
        vm.expectRevert(abi.encodeWithSelector(ICreditBureau.NotMember.selector, one));
        reserveAs(one);
        reserveAs(two);
    }

    function testAMemberThatIsRemovedStartsNothing() public {
        reserveAs(one);
        vm.prank(ADMIN);
        bureau.removeMember(one);
        vm.expectRevert(abi.encodeWithSelector(ICreditBureau.NotMember.selector, one));
        startAs(one);
        vm.prank(one);
        bureau.cancel(WHO);
        reserveAs(two);
    }

    // --- default ------------------------------------------------------------------------------

    function testADefaultIsRefusedUntilItsRehabilitation() public {
        runningAt(one);
        closeAs(one, ICreditBureau.Ending.Defaulted);
        vm.warp(START + 3_000 days);
        expectTaken(two, ICreditBureau.State.Defaulted, 0);
        closeAs(one, ICreditBureau.Ending.Recovered);
        uint256 until = START + 3_000 days + REHABILITATION;
        vm.warp(until - 1);
        expectTaken(two, ICreditBureau.State.Recovered, until);
        vm.warp(until);
        reserveAs(two);
        assertEq(record().defaults, 1, "it stays on record");
    }

    function testADefaultMayNeverBeForgotten() public {
        bureau = new CreditBureau(ADMIN, 0, 0, ICreditBureau.Kind.Ledger);
        vm.prank(ADMIN);
        bureau.addMember(one, IApplicationGate(one));
        runningAt(one);
        closeAs(one, ICreditBureau.Ending.Defaulted);
        closeAs(one, ICreditBureau.Ending.Recovered);
        vm.warp((1 << 40) - 1 - 7 days);
        expectTaken(one, ICreditBureau.State.Recovered, 0);
    }

    // --- the record ---------------------------------------------------------------------------

    function testAnUnknownPseudonymHasNothing() public view {
        ICreditBureau.Record memory found = record();
        assertEq(found.opened + found.repaid + found.open + found.firstDay, 0, "nothing");
        assertEq(found.goodUntil, 65_535, "no loan");
        (bool free, uint256 possibleAt) = bureau.isFree(WHO);
        assertTrue(free && possibleAt == 0, "free");
    }

    function testARecordTellsWhatHappened() public {
        runningAt(one);
        ICreditBureau.Record memory found = record();
        assertEq(found.opened, 1, "opened");
        assertEq(found.open, 1, "open");
        assertEq(found.firstDay, TODAY, "first day");
        assertEq(found.goodUntil, (START + 35 days) / 1 days - 1, "good until");
        vm.warp(START + 40 days);
        progressAs(one, 3, 2, START + 70 days);
        found = record();
        assertEq(found.onTime, 3, "on time");
        assertEq(found.late, 2, "late");
        assertEq(found.lastBadDay, TODAY + 40, "last bad day");
        assertEq(found.goodUntil, (START + 70 days) / 1 days - 1, "good until");
        vm.warp(START + 50 days);
        progressAs(one, 1, 0, START + 100 days);
        closeAs(one, ICreditBureau.Ending.Repaid);
        found = record();
        assertEq(found.onTime, 4, "on time");
        assertEq(found.lastBadDay, TODAY + 40, "no worse day");
        assertEq(found.repaid, 1, "repaid");
        assertEq(found.open, 0, "open");
        assertEq(found.largest, 100_000, "largest");
        assertEq(found.goodUntil, 65_535, "without a loan");
        reserveAs(two);
        vm.prank(two);
        bureau.start(WHO, 99_999, START + 90 days);
        closeAs(two, ICreditBureau.Ending.Defaulted);
        found = record();
        assertEq(found.firstDay, TODAY, "first day");
        assertEq(found.open, 1, "open until recovery");
        assertEq(found.goodUntil, 0, "bad");
        assertEq(found.defaults, 1, "defaults");
        assertEq(found.lastBadDay, TODAY + 50, "last bad day");
        closeAs(two, ICreditBureau.Ending.Recovered);
        found = record();
        assertEq(found.recovered, 1, "recovered");
        assertEq(found.open, 0, "open");
        assertEq(found.largest, 100_000, "a debt is not a repaid loan");
        assertEq(found.goodUntil, 65_535, "without a loan");
    }

    function testASmallerLoanDoesNotLowerTheLargest() public {
        runningAt(one);
        closeAs(one, ICreditBureau.Ending.Repaid);
        reserveAs(two);
        vm.prank(two);
        bureau.start(WHO, 99_999, START);
        closeAs(two, ICreditBureau.Ending.Repaid);
        assertEq(record().largest, 100_000, "largest");
        assertEq(record().repaid, 2, "repaid");
    }

    function testDaysFitUntilTheYear2149() public {
        vm.warp(65_000 * 1 days);
        runningAt(one);
        progressAs(one, 0, 1, 65_100 * 1 days);
        assertEq(record().firstDay, 65_000, "first day");
        assertEq(record().lastBadDay, 65_000, "last bad day");
        assertEq(record().goodUntil, 65_099, "good until");
    }

    function testEachReportIsAnEvent() public {
        vm.expectEmit(true, true, true, true, address(bureau));
        emit ICreditBureau.PseudonymReserved(WHO, one, START + 7 days);
        reserveAs(one);
        vm.expectEmit(true, true, true, true, address(bureau));
        emit ICreditBureau.LoanStarted(WHO, one, 100_000);
        startAs(one);
        vm.expectEmit(true, true, true, true, address(bureau));
        emit ICreditBureau.LoanProgressed(WHO, 3, 2, TODAY + 39);
        progressAs(one, 3, 2, (TODAY + 40) * 1 days);
        vm.expectEmit(true, true, true, true, address(bureau));
        emit ICreditBureau.LoanClosed(WHO, one, ICreditBureau.Ending.Defaulted);
        closeAs(one, ICreditBureau.Ending.Defaulted);
    }

    function testTheLastGoodDayAtItsSecond() public {
        runningAt(one);
        uint256 end = (TODAY + 30) * 1 days;
        uint256[4] memory times = [end - 1, end, end + 1 days - 1, end + 1 days];
        uint256[4] memory days_ = [TODAY + 28, TODAY + 29, TODAY + 29, TODAY + 30];
        for (uint256 i = 0; i < 4; ++i) {
            progressAs(one, 0, 0, times[i]);
            assertEq(record().goodUntil, days_[i], "day");
        }
        progressAs(one, 0, 0, 0);
        assertEq(record().goodUntil, 0, "never");
        progressAs(one, 0, 0, type(uint256).max);
        assertEq(record().goodUntil, 65_534, "not the day that means no loan");
    }

    function testFuzzProgressAndCloseNeverRevert(uint256[6] memory seed) public {
        runningAt(one);
        for (uint256 i = 0; i < 3; ++i) {
            progressAs(one, seed[2 * i], seed[2 * i + 1], seed[(i + 1) % 6]);
            progressAs(one, type(uint256).max, type(uint256).max, seed[i]);
        }
        ICreditBureau.Record memory found = record();
        assertEq(found.onTime, type(uint24).max, "stops");
        assertEq(found.late, type(uint16).max, "stops");
        assertEq(found.opened, 1, "the counter beside it");
        vm.warp(clamp(seed[0], START, type(uint256).max - 3_650 days));
        closeAs(one, ICreditBureau.Ending(seed[0] % 2));
        if (seed[0] % 2 == 1) closeAs(one, ICreditBureau.Ending.Recovered);
    }

    function testCountersStopAtTheirLargestValue() public {
        for (uint256 i = 0; i < 257; ++i) {
            vm.warp(START + i * (REHABILITATION + 1));
            runningAt(one);
            closeAs(one, ICreditBureau.Ending.Defaulted);
            closeAs(one, ICreditBureau.Ending.Recovered);
        }
        assertEq(record().defaults, 255, "defaults");
        assertEq(record().recovered, 255, "recovered");
        assertEq(record().opened, 257, "opened");
        assertEq(record().open, 0, "open");
    }
}
