// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../interfaces/ICreditBureau.sol";
import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {ILoanLens} from "../interfaces/ILoanLens.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {ApplicationWords} from "../libraries/ApplicationWords.sol";
import {LoanApplication} from "../libraries/LoanApplication.sol";
import {LoanMath} from "../libraries/LoanMath.sol";
import {LoanParts} from "../libraries/LoanParts.sol";
import {PartyWord} from "../libraries/PartyWord.sol";
import {ProductTable} from "../libraries/ProductTable.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {LoanId} from "../types/LoanId.sol";
import {Nullifier} from "../types/Nullifier.sol";
import {PositionId} from "../types/PositionId.sol";

/// @title Views of a market whose products are tables
/// @dev Every function is a view; the market does not know the lens.
contract LoanLens is ILoanLens {
    using LoanParts for ILoanEngine.Loan;
    using PartyWord for uint256;
    using ProductTable for ProductTable.Product;

    uint256 private constant START = 500;
    uint256 private constant BEST = 1_000;

    /// @inheritdoc ILoanLens
    ILoanMarket public immutable market;
    ILoanEngine private immutable _engine;
    IApplicationGate private immutable _gate;
    ICreditBureau private immutable _bureau;

    /// @notice Deploys a lens. Reverts with NotAContract or WrongKind if the address is not a
    ///         market's.
    /// @param market_ Market that is looked into.
    constructor(ILoanMarket market_) {
        Requirements.requireAnswer(
            address(market_), abi.encodeCall(ILoanMarket.entry, (LoanId.wrap(0))), 5
        );
        market = market_;
        // the market cannot change them
        _engine = market_.engine();
        _gate = market_.gate();
        _bureau = market_.bureau();
    }

    // --- loans --------------------------------------------------------------------------------

    /// @inheritdoc ILoanLens
    function loanOf(LoanId loanId) external view returns (View memory loan) {
        ILoanMarket.Entry memory kept = market.entry(loanId);
        ILoanMarket.Stage stage = kept.party.stageOf();
        if (stage == ILoanMarket.Stage.None) return loan;
        loan.borrower = kept.party.borrowerOf();
        loan.nullifier = kept.nullifier;
        loan.purpose = kept.party.purposeOf();
        loan.product = ApplicationWords.productOf(kept.terms);
        loan.undrawn = kept.party.undrawnOf();
        if (stage == ILoanMarket.Stage.Released) {
            ILoanEngine.Loan memory running = _running(kept);
            loan.standing = running.standing();
            loan.principal = running.principal();
            loan.funded = loan.principal;
            loan.received = running.received();
        } else {
            ApplicationWords.State memory asked = ApplicationWords.unpack(kept.terms, kept.debt);
            loan.standing = ILoanEngine.Standing.Requested;
            if (stage == ILoanMarket.Stage.Cancelled || block.timestamp > asked.deadline) {
                loan.standing = ILoanEngine.Standing.Cancelled;
            }
            loan.principal = asked.principal;
            loan.funded = asked.funded;
            loan.deadline = asked.deadline;
            loan.provedAt = asked.provedAt;
            loan.root = kept.account;
        }
    }

    /// @inheritdoc ILoanLens
    function quote(LoanId loanId) external view returns (ILoanEngine.Quote memory costs) {
        return _quote(market.entry(loanId));
    }

    /// @inheritdoc ILoanLens
    function valueOf(PositionId positionId)
        external
        view
        returns (uint256 drawable, uint256 owed)
    {
        drawable = market.withdrawable(positionId);
        ILoanMarket.Position memory claim = market.position(positionId);
        if (claim.lender == address(0)) return (0, 0);
        ILoanMarket.Entry memory kept = market.entry(LoanId.wrap(claim.loanId));
        owed = LoanMath.shareRoundedDown(
            claim.amount,
            _quote(kept).settlement,
            _tableOf(kept).field(ProductTable.TOKEN_UNIT),
            _running(kept).principal()
        );
    }

    // --- before a loan ------------------------------------------------------------------------

    /// @inheritdoc ILoanLens
    function schedule(address product, uint256 principal)
        external
        view
        returns (ILoanEngine.Instalment[] memory)
    {
        return _engine.schedule(product, principal);
    }

    /// @inheritdoc ILoanLens
    function statementOf(
        address borrower,
        address product,
        uint256 principal,
        uint16 purpose,
        uint256 policyNow,
        uint256 deadline
    ) external view returns (uint256 policy, uint256 context, uint256 scope) {
        (IApplicationGate.Application memory application,) = LoanApplication.build(
            _engine, borrower, product, principal, purpose
        );
        policy = _gate.policyWord(application.policy, application.instalment, policyNow);
        uint256 nonce = _gate.applicationNonce(address(market), borrower);
        context = _gate.contextOf(address(market), application, nonce, deadline);
        scope = _gate.scopeOf(address(market));
    }

    /// @inheritdoc ILoanLens
    function checkApplication(
        address borrower,
        address product,
        uint256 principal,
        uint16 purpose,
        IApplicationGate.Evidence calldata evidence
    ) external view {
        if (market.newLoansPaused()) revert ILoanMarket.NewLoansPaused();
        if (!market.book().isOpen(product)) revert ILoanMarket.ProductNotOpen(product);
        (IApplicationGate.Application memory application, ILoanEngine.Offer memory offer) =
            LoanApplication.build(_engine, borrower, product, principal, purpose);
        if (!market.tokenAllowed(offer.token)) revert ILoanMarket.TokenNotAllowed(offer.token);
        if (!_bureau.isMember(address(market))) revert MarketNotMember();
        _gate.check(address(market), application, evidence);
        (bool free, uint256 possibleAt) = _bureau.isFree(evidence.nullifier);
        if (!free) revert PseudonymNotFree(evidence.nullifier, possibleAt);
    }

    // --- records ------------------------------------------------------------------------------

    /// @inheritdoc ILoanLens
    function reputationOf(Nullifier nullifier) external view returns (uint256) {
        ICreditBureau.Record memory record = _bureau.recordOf(nullifier);
        // counters are below 2^24
        unchecked {
            uint256 up = START + 8 * _smaller(record.onTime, 40)
                + 20 * _smaller(record.repaid, 9) + 60 * record.recovered;
            uint256 down = 25 * record.late + 150 * record.defaults;
            return up > down ? _smaller(up - down, BEST) : 0;
        }
    }

    // --- small parts --------------------------------------------------------------------------

    function _quote(ILoanMarket.Entry memory kept)
        private
        view
        returns (ILoanEngine.Quote memory costs)
    {
        if (kept.party.stageOf() != ILoanMarket.Stage.Released) return costs;
        (uint256 clock, uint256 lost) =
            market.clockOf(_tableOf(kept).account(ProductTable.TOKEN));
        costs = _engine.quote(_running(kept), clock);
        if (costs.nextDueAt != 0) costs.nextDueAt += lost;
    }

    function _running(ILoanMarket.Entry memory kept)
        private
        pure
        returns (ILoanEngine.Loan memory)
    {
        return ILoanEngine.Loan(kept.terms, kept.debt, kept.account);
    }

    function _tableOf(ILoanMarket.Entry memory kept)
        private
        view
        returns (ProductTable.Product memory)
    {
        return ProductTable.read(ApplicationWords.productOf(kept.terms));
    }

    function _smaller(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
