// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../src/gates/EligibilityGate.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {FxMath} from "../src/libraries/FxMath.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {MockVerifier} from "../src/mocks/MockVerifier.sol";
import {TestToken} from "../src/mocks/TestToken.sol";
import {FxSource} from "../src/treasury/FxSource.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev A source that says one rate of everything.
contract SaidRate is FxSource {
    uint256 private immutable _said;

    constructor(uint256 said) {
        _said = said;
    }

    function _rate(uint16, uint16, uint256, bytes calldata)
        internal
        view
        override
        returns (uint256)
    {
        return _said;
    }
}

/// @dev A loan in dollars whose policy judges an income in shillings, in two tokens.
contract ForeignLoansTest is MarketFixture {
    uint16 private constant KES = 404;
    uint16 private constant USD = 840;
    uint256 private constant RATE = 129_123_456_789;

    function setUp() public {
        deployMarket();
        gate = new EligibilityGate(
            new MockVerifier(), registry, 1 days, 1 hours, new SaidRate(RATE)
        );
        market = new LoanMarket(gate, engine, book, bureau, consents, ADMIN, OPERATOR);
        vm.prank(ADMIN);
        bureau.addMember(address(market), gate);
        policy.currency = KES;
    }

    function foreignProduct(uint8 decimals) private returns (address) {
        bytes memory header =
            headerOf(address(new TestToken("Test dollar", "TUSD", decimals)));
        put(header, ProductTable.TOKEN_UNIT, 10 ** (decimals - 2));
        put(header, ProductTable.CURRENCY, USD);
        put(header, ProductTable.POLICY_CURRENCY, KES);
        return published(header, monthly("LLLLLLLLLLLR"));
    }

    function apply_(address made, uint256 who, uint256 judged) private returns (LoanId) {
        IApplicationGate.Application memory a = applicationOf(BORROWER, made, PRINCIPAL);
        a.instalment = judged;
        IApplicationGate.Evidence memory e = evidenceOn(a, who, ROOT);
        vm.prank(BORROWER);
        return market.applyForLoan(made, PRINCIPAL, PURPOSE, e);
    }

    function testALoanIsOwedInItsTokenWhateverThePolicysCurrency() public {
        uint8[2] memory decimals = [6, 18];
        bytes32 first;
        for (uint256 i = 0; i < 2; ++i) {
            address made = foreignProduct(decimals[i]);
            ILoanEngine.Offer memory offer = engine.offer(made, PRINCIPAL);
            uint256 judged = FxMath.convertUp(offer.burden, RATE);
            vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
            this.applyExternal(made, i + 1, offer.burden);
            LoanId loanId = apply_(made, i + 1, judged);
            uint256 unit = 10 ** (decimals[i] - 2);
            TestToken owed = TestToken(offer.token);
            owed.mint(LENDER, PRINCIPAL * unit);
            vm.startPrank(LENDER);
            owed.approve(address(market), type(uint256).max);
            market.fund(loanId, BORROWER, made, PRINCIPAL, LENDER);
            vm.stopPrank();
            market.draw(loanId, BORROWER);
            assertEq(owed.balanceOf(BORROWER), PRINCIPAL * unit, "paid out in dollars");
            ILoanEngine.Instalment[] memory rows = engine.schedule(made, PRINCIPAL);
            bytes32 plan = keccak256(abi.encode(rows));
            if (i == 0) first = plan;
            assertEq(plan, first, "the same instalments");
            assertEq(quoteOf(loanId).remaining, offer.total, "owed in dollars");
        }
    }

    function applyExternal(address made, uint256 who, uint256 judged) external {
        apply_(made, who, judged);
    }
}
