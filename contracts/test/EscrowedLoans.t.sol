// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EscrowGate} from "../src/gates/EscrowGate.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {ElGamal} from "./support/ElGamal.sol";
import {HashVerifier} from "./support/HashVerifier.sol";
import {MarketFixture} from "./support/MarketFixture.sol";
import {NO_FX} from "./support/NoFx.sol";

/// @dev The market of tables on an escrow gate.
contract EscrowedLoansTest is MarketFixture, ElGamal {
    EscrowGate private escrow;
    IEscrowGate.Point private key;

    function setUp() public {
        deployMarket();
        (key.x, key.y) = (base8().x, base8().y);
        escrow = new EscrowGate(new HashVerifier(10), registry, 1 days, 1 hours, NO_FX, key);
        market = new LoanMarket(escrow, engine, book, bureau, consents, ADMIN, OPERATOR);
        vm.prank(ADMIN);
        bureau.addMember(address(market), escrow);
        allow(address(token), true);
    }

    function escrowed(address borrower, uint256 who, uint256 value)
        private
        returns (LoanId loanId, uint256 context)
    {
        IApplicationGate.Application memory a = applicationOf(borrower, product, PRINCIPAL);
        IApplicationGate.Evidence memory e;
        (e.policyNow, e.deadline) = (uint40(block.timestamp), uint40(block.timestamp));
        (e.registryRoot, e.nullifier) = (ROOT, Nullifier.wrap(who));
        uint256 nonce = escrow.applicationNonce(address(market), borrower);
        context = escrow.contextOf(address(market), a, nonce, e.deadline);
        IEscrowGate.Seal memory seal_ = IEscrowGate.Seal(key, value);
        bytes memory inputs = abi.encode(
            escrow.policyWord(a.policy, a.instalment, e.policyNow), context, ROOT, bureau.scope()
        );
        e.proof[0] = uint256(keccak256(bytes.concat(inputs, abi.encode(who, key, seal_))));
        vm.startPrank(borrower);
        escrow.place(context, seal_);
        loanId = market.applyForLoan(product, PRINCIPAL, PURPOSE, e);
        vm.stopPrank();
    }

    function testTheGateKnowsTheReferenceOfEachLoan() public {
        (LoanId first, uint256 one) = escrowed(BORROWER, 1, 11);
        (LoanId second, uint256 two) = escrowed(OTHER, 2, 22);
        (uint256 context, IEscrowGate.Seal memory kept) = escrow.sealOf(address(market), first);
        assertTrue(context == one && kept.value == 11, "first");
        (context, kept) = escrow.sealOf(address(market), second);
        assertTrue(context == two && kept.value == 22, "second");
        fundAs(LENDER, first, PRINCIPAL);
        (context, kept) = escrow.sealOf(address(market), first);
        assertTrue(context == one && kept.value == 11, "also once it runs");
        vm.expectRevert(
            abi.encodeWithSelector(IEscrowGate.LoanNotEscrowed.selector, market, 3)
        );
        escrow.sealOf(address(market), LoanId.wrap(3));
    }
}
