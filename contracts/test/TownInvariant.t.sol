// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {TestBase} from "./support/TestBase.sol";
import {TownHandler} from "./support/TownHandler.sol";

/// @dev Four markets on three gates keep their books apart, whatever the tokens do; the two of one
///      bureau give a person one loan together.
contract TownInvariantTest is TestBase {
    uint256 private constant MARKETS = 4;
    uint256 private constant TOKENS = 5;
    uint256 private constant FEE = 2;
    uint256 private constant ESCROWED = 2;
    uint256 private constant PEOPLE = 6;

    TownHandler private handler;

    function setUp() public {
        handler = new TownHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantMarketsKeepTheirBooksApart() public view {
        checkEverything();
    }

    function testALongLifeUsesEveryMarket() public {
        for (uint256 i = 0; i < 900; ++i) {
            handler.step(uint256(keccak256(abi.encode("town", i))));
            if (i % 100 == 0) checkEverything();
        }
        checkEverything();
        assertTrue(handler.done() > 60, "successful calls");
        bool repaid;
        bool defaulted;
        for (uint256 m = 0; m < MARKETS; ++m) {
            ILoanEngine.Standing[] memory loans = standingsOf(m);
            uint256 released;
            for (uint256 id = 1; id < loans.length; ++id) {
                bool ran = loans[id] != ILoanEngine.Standing.Requested
                    && loans[id] != ILoanEngine.Standing.Cancelled;
                if (ran) released += 1;
                repaid = repaid || loans[id] == ILoanEngine.Standing.Repaid;
                defaulted = defaulted || loans[id] == ILoanEngine.Standing.Defaulted
                    || loans[id] == ILoanEngine.Standing.Recovered;
            }
            assertTrue(released > 0, "released");
        }
        assertTrue(repaid && defaulted, "both ends");
    }

    /// @dev Where all loans of a market stand, each at its number.
    function standingsOf(uint256 m) private view returns (ILoanEngine.Standing[] memory loans) {
        loans = new ILoanEngine.Standing[](handler.marketAt(m).loanCount() + 1);
        for (uint256 id = 1; id < loans.length; ++id) {
            loans[id] = handler.standingAt(m, LoanId.wrap(id));
        }
    }

    function checkEverything() private view {
        for (uint256 m = 0; m < MARKETS; ++m) {
            ILoanEngine.Standing[] memory loans = standingsOf(m);
            uint256[] memory held = checkTokens(m, loans.length);
            checkClaims(m, loans, held);
            checkApplications(m, loans.length - 1);
        }
        checkPseudonyms(0, 2);
        checkPseudonyms(2, 3);
        checkPseudonyms(3, 4);
        checkSeals();
    }

    /// @dev A market has of each token what its loans hold, what waits for borrowers, and fees;
    ///      returns what each loan holds.
    function checkTokens(uint256 m, uint256 loans) private view returns (uint256[] memory held) {
        held = new uint256[](loans);
        uint256[5] memory sums;
        for (uint256 id = 1; id < loans; ++id) {
            LoanId loanId = LoanId.wrap(id);
            uint256 received = handler.receivedAt(m, loanId);
            assertEq(received, handler.paidIn(m, loanId), "received");
            held[id] = handler.heldTokens(m, loanId);
            sums[handler.tokenIn(m, loanId)] += held[id] + handler.waitingTokens(m, loanId);
        }
        for (uint256 t = 0; t < TOKENS; ++t) {
            assertEq(handler.tokensOf(m, t), sums[t] + handler.feesAt(m, t), "tokens");
        }
        assertEq(sums[FEE], 0, "a token with a fee never comes in");
    }

    function checkClaims(uint256 m, ILoanEngine.Standing[] memory loans, uint256[] memory held)
        private
        view
    {
        LoanMarket market = handler.marketAt(m);
        uint256[] memory claims = new uint256[](loans.length);
        uint256[] memory positions = new uint256[](loans.length);
        uint256 count = market.positionCount();
        for (uint256 id = 1; id <= count; ++id) {
            ILoanMarket.Position memory p = market.position(PositionId.wrap(id));
            claims[p.loanId] += market.withdrawable(PositionId.wrap(id));
            if (p.lender != address(0)) positions[p.loanId] += 1;
        }
        for (uint256 id = 1; id < loans.length; ++id) {
            if (loans[id] == ILoanEngine.Standing.Requested) continue;
            assertLe(claims[id], held[id], "claims");
            bool runs = loans[id] == ILoanEngine.Standing.Active
                || loans[id] == ILoanEngine.Standing.Defaulted;
            assertLe(held[id], claims[id] + (runs ? positions[id] : 0), "dust");
        }
    }

    /// @dev Markets of one gate count apart, and other users of the gate count for nobody.
    function checkApplications(uint256 m, uint256 loans) private view {
        LoanMarket market = handler.marketAt(m);
        uint256 sum;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address borrower = handler.borrowerAt(i);
            uint256 count = market.gate().applicationNonce(address(market), borrower);
            assertEq(count, handler.applications(m, borrower), "applications");
            sum += count;
        }
        assertEq(loans, sum, "each application is a loan");
    }

    /// @dev In the bureau of the markets from `first` on, a person has one loan at most, and the
    ///      bureau says where it stands and whose it is; a default is never forgotten.
    function checkPseudonyms(uint256 first, uint256 end) private view {
        for (uint256 person = 0; person < PEOPLE; ++person) {
            uint256 nullifier = handler.nullifierAt(first, person);
            ICreditBureau.State expected;
            address member;
            for (uint256 m = first; m < end; ++m) {
                LoanMarket market = handler.marketAt(m);
                for (uint256 id = 1; id <= market.loanCount(); ++id) {
                    LoanId loanId = LoanId.wrap(id);
                    if (Nullifier.unwrap(market.entry(loanId).nullifier) != nullifier) continue;
                    ICreditBureau.State state = stateFor(handler.standingAt(m, loanId));
                    if (state == ICreditBureau.State.Free) continue;
                    assertTrue(expected == ICreditBureau.State.Free, "one loan at a time");
                    (expected, member) = (state, address(market));
                }
            }
            (ICreditBureau.State found, address opener) =
                handler.bureauAt(first).stateOf(Nullifier.wrap(nullifier));
            assertEq(uint256(found), uint256(expected), "state");
            if (found != ICreditBureau.State.Free) assertEq(opener, member, "member");
        }
    }

    function stateFor(ILoanEngine.Standing standing) private pure returns (ICreditBureau.State) {
        if (standing == ILoanEngine.Standing.Requested) return ICreditBureau.State.Reserved;
        if (standing == ILoanEngine.Standing.Active) return ICreditBureau.State.Open;
        if (standing == ILoanEngine.Standing.Defaulted) return ICreditBureau.State.Defaulted;
        if (standing == ILoanEngine.Standing.Recovered) return ICreditBureau.State.Recovered;
        return ICreditBureau.State.Free;
    }

    /// @dev Every loan of the escrow gate's market has the seal that its borrower placed.
    function checkSeals() private view {
        uint256 loans = handler.marketAt(ESCROWED).loanCount();
        for (uint256 id = 1; id <= loans; ++id) {
            bytes32 kept = handler.sealsOf(LoanId.wrap(id));
            assertEq(kept, handler.sealOfLoan(LoanId.wrap(id)), "seal");
        }
    }
}
