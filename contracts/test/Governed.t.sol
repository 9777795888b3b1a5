// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IssuerRegistry} from "../src/IssuerRegistry.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {ISignerGroup} from "../src/interfaces/ISignerGroup.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {CreditBureau} from "../src/market/CreditBureau.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {FloorTimelock} from "../src/treasury/FloorTimelock.sol";
import {FxQuotes} from "../src/treasury/FxQuotes.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev A timelock is admin of market, bureau and registry, and governor of the rates' signers: what
///      it does was announced two days before, and its guardian can only stop it.
contract GovernedTest is MarketFixture {
    address private constant TREASURER = address(0x7E);
    address private constant WARDEN = address(0x6B);
    FloorTimelock private timelock;
    FxQuotes private fx;

    function setUp() public {
        deployMarket();
        address[] memory proposers = new address[](1);
        proposers[0] = TREASURER;
        timelock = new FloorTimelock(2 days, proposers, new address[](1), WARDEN);
        address chief = address(timelock);
        bureau = new CreditBureau(chief, 365 days, 0, ICreditBureau.Kind.Credential);
        market = new LoanMarket(gate, engine, book, bureau, consents, chief, chief);
        registry = new IssuerRegistry(chief, REGISTRAR, GUARDIAN, 0, 365 days);
        bytes[] memory signers = new bytes[](2);
        (signers[0], signers[1]) = (abi.encodePacked(LENDER), abi.encodePacked(OTHER));
        fx = new FxQuotes(chief, signers, 2);
    }

    function steps() private view returns (address[4] memory targets, bytes[4] memory data) {
        targets = [address(market), address(bureau), address(registry), address(fx)];
        data[0] = abi.encodeCall(market.setTokenAllowed, (address(token), true));
        data[1] = abi.encodeCall(bureau.addMember, (address(market), gate));
        data[2] = abi.encodeCall(IAccessControl.grantRole, (registry.REGISTRAR_ROLE(), STRANGER));
        bytes[] memory more = new bytes[](1);
        more[0] = abi.encodePacked(BORROWER);
        data[3] = abi.encodeCall(ISignerGroup.addSigners, (more));
    }

    function calls(address by, address target, bytes memory data) private returns (bool done) {
        vm.prank(by);
        (done,) = target.call(data);
    }

    function announced(address target, bytes memory data) private returns (bytes32) {
        bytes memory wish =
            abi.encodeCall(timelock.schedule, (target, 0, data, 0, 0, 2 days));
        assertTrue(calls(TREASURER, address(timelock), wish), "announced");
        return timelock.hashOperation(target, 0, data, 0, 0);
    }

    function carriesOut(address target, bytes memory data) private returns (bool) {
        bytes memory wish = abi.encodeCall(timelock.execute, (target, 0, data, 0, 0));
        return calls(STRANGER, address(timelock), wish);
    }

    function testWhatIsGovernedChangesAfterItWasAnnounced() public {
        (address[4] memory targets, bytes[4] memory data) = steps();
        for (uint256 i = 0; i < 4; ++i) {
            announced(targets[i], data[i]);
        }
        vm.warp(block.timestamp + 2 days - 1);
        for (uint256 i = 0; i < 4; ++i) {
            assertTrue(!carriesOut(targets[i], data[i]), "a second too early");
        }
        vm.warp(block.timestamp + 1);
        for (uint256 i = 0; i < 4; ++i) {
            assertTrue(carriesOut(targets[i], data[i]), "carried out");
            assertTrue(!carriesOut(targets[i], data[i]), "once");
        }
        assertTrue(market.tokenAllowed(address(token)), "token");
        assertTrue(bureau.isMember(address(market)), "member");
        assertTrue(registry.hasRole(registry.REGISTRAR_ROLE(), STRANGER), "registrar");
        assertTrue(fx.isSigner(abi.encodePacked(BORROWER)), "signer");
    }

    function testNobodyGoesAroundTheTimelock() public {
        (address[4] memory targets, bytes[4] memory data) = steps();
        address[4] memory who = [TREASURER, WARDEN, ADMIN, OPERATOR];
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 k = 0; k < 4; ++k) {
                assertTrue(!calls(who[k], targets[i], data[i]), "refused");
            }
        }
    }

    function testTheGuardianStopsWhatWasAnnouncedAndDoesNothingElse() public {
        (address[4] memory targets, bytes[4] memory data) = steps();
        for (uint256 i = 0; i < 4; ++i) {
            bytes32 id = announced(targets[i], data[i]);
            bytes memory stop = abi.encodeCall(timelock.cancel, (id));
            assertTrue(!calls(STRANGER, address(timelock), stop), "not a guardian");
            assertTrue(calls(WARDEN, address(timelock), stop), "stopped");
            bytes memory wish = abi.encodeCall(
                timelock.schedule, (targets[i], 0, data[i], 0, 0, 2 days)
            );
            assertTrue(!calls(WARDEN, address(timelock), wish), "announces nothing");
        }
        vm.warp(block.timestamp + 30 days);
        for (uint256 i = 0; i < 4; ++i) {
            assertTrue(!carriesOut(targets[i], data[i]), "stopped for good");
        }
    }

    function testTheGuardianPausesNewBusinessAtOnceAndOnlyADelayEndsIt() public {
        bytes32 operator = market.OPERATOR_ROLE();
        assertTrue(market.hasRole(operator, address(timelock)), "operator");
        bytes memory pause = abi.encodeCall(timelock.pauseNewLoans, (market));
        assertTrue(!calls(STRANGER, address(timelock), pause), "a stranger");
        assertTrue(!calls(OPERATOR, address(timelock), pause), "an operator of another market");
        assertTrue(!market.newLoansPaused(), "still open");
        assertTrue(calls(WARDEN, address(timelock), pause), "paused");
        assertTrue(market.newLoansPaused(), "at once");
        bytes memory goOn = abi.encodeCall(market.setNewLoansPaused, (false));
        assertTrue(!calls(WARDEN, address(market), goOn), "the guardian is not an operator");
        announced(address(market), goOn);
        vm.warp(block.timestamp + 2 days - 1);
        assertTrue(!carriesOut(address(market), goOn), "a second too early");
        vm.warp(block.timestamp + 1);
        assertTrue(carriesOut(address(market), goOn), "after the delay");
        assertTrue(!market.newLoansPaused(), "open again");
    }

    function testAMarketOfAnotherOperatorIsNotPaused() public {
        deployMarket(); // its operator is another account
        bytes memory pause = abi.encodeCall(timelock.pauseNewLoans, (market));
        assertTrue(!calls(WARDEN, address(timelock), pause), "refused by the market");
        assertTrue(!market.newLoansPaused(), "open");
    }

    /// @dev Loans that run need nobody: repaying does not ask the timelock's contracts for leave.
    function testAPauseStopsNewBusinessAlone() public {
        // a market whose operator is not the timelock
        deployMarket();
        (LoanId loanId,) = runningLoan();
        vm.prank(OPERATOR);
        market.setNewLoansPaused(true);
        IApplicationGate.Evidence memory e = evidenceFor(OTHER, product, PRINCIPAL, 2);
        vm.prank(OTHER);
        vm.expectRevert(ILoanMarket.NewLoansPaused.selector);
        market.applyForLoan(product, PRINCIPAL, PURPOSE, e);
        assertEq(repayAs(LENDER, loanId, 1_000), 1_000, "repaid all the same");
    }
}
