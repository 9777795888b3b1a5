// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IApplicationGate} from "../interfaces/IApplicationGate.sol";
import {IConsents} from "../interfaces/IConsents.sol";
import {ICreditBureau} from "../interfaces/ICreditBureau.sol";
import {IIssuerRegistry} from "../interfaces/IIssuerRegistry.sol";
import {ILoanEngine} from "../interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";
import {IProductBook} from "../interfaces/IProductBook.sol";
import {ApplicationWords} from "../libraries/ApplicationWords.sol";
import {LoanProgress} from "../libraries/LoanProgress.sol";
import {PartyWord} from "../libraries/PartyWord.sol";
import {ProductTable} from "../libraries/ProductTable.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {LoanId} from "../types/LoanId.sol";
import {PositionId} from "../types/PositionId.sol";

/// @title What every part of a market stands on: its settings, its state, and how tokens move
/// @dev The admin (DEFAULT_ADMIN_ROLE) changes in two steps, more than a day apart.
abstract contract MarketBase is ILoanMarket, AccessControlDefaultAdminRules, ReentrancyGuard {
    using PartyWord for uint256;
    using ProductTable for ProductTable.Product;
    using LoanProgress for ProductTable.Product;
    using SafeERC20 for IERC20;

    uint48 private constant ADMIN_DELAY = 1 days;
    uint256 private constant MAX_NOTICE = 30 days;

    /// @inheritdoc ILoanMarket
    bytes32 public constant OPERATOR_ROLE = keccak256("zkcredit.operator");

    /// @inheritdoc ILoanMarket
    IApplicationGate public immutable gate;
    /// @inheritdoc ILoanMarket
    ILoanEngine public immutable engine;
    /// @inheritdoc ILoanMarket
    IProductBook public immutable book;
    /// @inheritdoc ILoanMarket
    ICreditBureau public immutable bureau;
    /// @inheritdoc ILoanMarket
    IConsents public immutable consents;
    /// @inheritdoc ILoanMarket
    IIssuerRegistry public immutable registry;
    /// @inheritdoc ILoanMarket
    bool public newLoansPaused;
    /// @inheritdoc ILoanMarket
    uint256 public loanCount;
    /// @inheritdoc ILoanMarket
    uint256 public positionCount;
    /// @inheritdoc ILoanMarket
    mapping(address token => bool) public tokenAllowed;
    /// @inheritdoc ILoanMarket
    mapping(address recipient => mapping(address token => uint256)) public feesOf;

    /// @dev Each application and loan by its number.
    mapping(LoanId loanId => Entry) internal _entries;
    /// @dev Each position by its number; a gap is a position without a lender.
    mapping(PositionId positionId => Position) internal _positions;
    // end of the last notice << 128 | seconds that all notices took out
    mapping(address token => uint256) private _clocks;

    /// @notice Lets a call pass unless the operator has paused new business.
    modifier whenOpenForBusiness() {
        _requireOpenForBusiness();
        _;
    }

    /// @notice Looks at each address, and keeps it. Reverts with NotAContract or WrongKind if
    ///         an address is not that of the contract that it should be.
    /// @param gate_ Gate whose proofs release loans.
    /// @param engine_ Engine that computes the loans.
    /// @param book_ Book of the products, with the same engine.
    /// @param bureau_ Bureau that keeps the pseudonyms; its admin must make the market a member.
    /// @param consents_ Contract that checks what people signed.
    /// @param admin Holder of the admin role; grants the operator role to others.
    /// @param operator Address of the first operator.
    constructor(
        IApplicationGate gate_,
        ILoanEngine engine_,
        IProductBook book_,
        ICreditBureau bureau_,
        IConsents consents_,
        address admin,
        address operator
    ) AccessControlDefaultAdminRules(ADMIN_DELAY, admin) {
        Requirements.requireKind(
            address(gate_), abi.encodeCall(IApplicationGate.maxClockAge, ())
        );
        ILoanEngine.Loan memory none;
        Requirements.requireAnswer(
            address(engine_), abi.encodeCall(ILoanEngine.quote, (none, 0)), 6
        );
        // a market has an engine as well, but no notice
        Requirements.requireKind(address(book_), abi.encodeCall(IProductBook.notice, ()));
        address found =
            Requirements.requireAddress(address(book_), abi.encodeCall(IProductBook.engine, ()));
        if (found != address(engine_)) revert EngineDiffers(found);
        Requirements.requireKind(
            address(bureau_), abi.encodeCall(ICreditBureau.rehabilitation, ())
        );
        Requirements.requireKind(
            address(consents_), abi.encodeCall(IConsents.seriesOf, (address(this)))
        );
        if (operator == address(0)) revert HolderInvalid(OPERATOR_ROLE);
        gate = gate_;
        engine = engine_;
        book = book_;
        bureau = bureau_;
        consents = consents_;
        registry = IIssuerRegistry(
            Requirements.requireAddress(
                address(gate_), abi.encodeCall(IApplicationGate.registry, ())
            )
        );
        _grantRole(OPERATOR_ROLE, operator);
    }

    // --- roles and settings -------------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function setTokenAllowed(address token, bool allowed) external onlyRole(OPERATOR_ROLE) {
        // the book has asked the token of each product whether it has balances
        tokenAllowed[token] = allowed;
        emit TokenAllowed(token, allowed);
    }

    /// @inheritdoc ILoanMarket
    function setNewLoansPaused(bool paused) external onlyRole(OPERATOR_ROLE) {
        newLoansPaused = paused;
        emit NewLoansPausedChanged(paused);
    }

    /// @inheritdoc ILoanMarket
    function giveNotice(address token, uint256 until) external onlyRole(OPERATOR_ROLE) {
        (uint256 clock, uint256 lost) = clockOf(token);
        uint256 from = clock + lost;
        if (until <= from || until > block.timestamp + MAX_NOTICE) revert NoticeEndInvalid(until);
        _clocks[token] = until << 128 | (lost + until - from);
        emit NoticeGiven(token, from, until);
    }

    // --- the clock of a token -----------------------------------------------------------------

    /// @inheritdoc ILoanMarket
    function clockOf(address token) public view returns (uint256 clock, uint256 lost) {
        uint256 word = _clocks[token];
        lost = uint128(word);
        clock = word >> 128;
        if (clock < block.timestamp) clock = block.timestamp;
        clock -= lost;
    }

    /// @dev In Unix seconds: what notices took out of the clock comes on top.
    function _graceEndsAt(
        ProductTable.Product memory table,
        ILoanEngine.Loan memory running,
        uint256 lost
    ) internal pure returns (uint256) {
        return table.nextDueAt(running) + table.field(ProductTable.GRACE) + lost;
    }

    // --- tokens -------------------------------------------------------------------------------

    /// @dev Takes tokens from the caller, and returns by how many the balance rose.
    function _pullTokens(address token, uint256 tokens) internal returns (uint256) {
        uint256 before = _balanceOf(token);
        IERC20(token).safeTransferFrom(msg.sender, address(this), tokens);
        return _balanceOf(token) - before;
    }

    /// @dev Balance of the market in a token, base units.
    function _balanceOf(address token) internal view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    /// @dev Sends an amount of a loan's token, and returns it in base units.
    function _push(Entry storage kept, address to, uint256 amount)
        internal
        returns (uint256 tokens)
    {
        ProductTable.Product memory table = _tableOf(kept);
        tokens = amount * table.field(ProductTable.TOKEN_UNIT);
        _pushTokens(table.account(ProductTable.TOKEN), to, tokens);
    }

    /// @dev A token that charged the market more would be paid by other lenders.
    function _pushTokens(address token, address to, uint256 tokens) internal {
        uint256 before = _balanceOf(token);
        IERC20(token).safeTransfer(to, tokens);
        _requireMoved(token, tokens, before - _balanceOf(token));
    }

    /// @dev Reverts with TransferAmountMismatch unless exactly what was expected moved.
    function _requireMoved(address token, uint256 expected, uint256 actual) internal pure {
        if (actual != expected) revert TransferAmountMismatch(token, expected, actual);
    }

    // --- small parts --------------------------------------------------------------------------

    /// @dev The caller's position, or a revert with NotPositionOwner.
    function _owned(PositionId positionId) internal view returns (Position storage claim) {
        claim = _positions[positionId];
        _requireOwner(claim, positionId, msg.sender);
    }

    /// @dev Reverts with NotPositionOwner unless the position is the account's.
    function _requireOwner(Position storage claim, PositionId positionId, address account)
        internal
        view
    {
        if (claim.lender != account) revert NotPositionOwner(positionId, account);
    }

    /// @dev The three words of a loan that the engine reads.
    function _loanOf(Entry storage kept) internal view returns (ILoanEngine.Loan memory) {
        return ILoanEngine.Loan(kept.terms, kept.debt, kept.account);
    }

    /// @dev Keeps what the engine made of a loan.
    function _write(Entry storage kept, ILoanEngine.Loan memory running) internal {
        kept.terms = running.terms;
        kept.debt = running.debt;
        kept.account = running.account;
    }

    /// @dev The product of an application or loan.
    function _tableOf(Entry storage kept) internal view returns (ProductTable.Product memory) {
        return ProductTable.read(ApplicationWords.productOf(kept.terms));
    }

    /// @dev Reverts with StageInvalid at any other stage.
    function _requireStage(LoanId loanId, Entry storage kept, Stage needed) internal view {
        Stage stage = kept.party.stageOf();
        if (stage != needed) revert StageInvalid(loanId, stage);
    }

    /// @dev Reverts with LoanDiffers, and says whose loan it is and of which product.
    function _refuseLoan(LoanId loanId, Entry storage kept) internal view {
        revert LoanDiffers(
            loanId, kept.party.borrowerOf(), ApplicationWords.productOf(kept.terms)
        );
    }

    /// @dev Reverts with TokenNotAllowed while the operator does not allow a token.
    function _requireAllowed(address token) internal view {
        if (!tokenAllowed[token]) revert TokenNotAllowed(token);
    }

    /// @dev Reverts with NewLoansPaused while new business is stopped.
    function _requireOpenForBusiness() internal view {
        if (newLoansPaused) revert NewLoansPaused();
    }

    /// @dev Reverts with NotBorrower unless the loan is the account's.
    function _requireBorrower(LoanId loanId, address account) internal view {
        if (_entries[loanId].party.borrowerOf() != account) _refuseBorrower(loanId, account);
    }

    /// @dev Reverts with NotBorrower.
    function _refuseBorrower(LoanId loanId, address account) internal pure {
        revert NotBorrower(loanId, account);
    }

    /// @dev Reverts with ConsentsIncomplete unless a condition about consents holds.
    function _requireComplete(LoanId loanId, bool complete) internal pure {
        if (!complete) revert ConsentsIncomplete(loanId);
    }

    /// @dev Reverts with NothingToWithdraw if the amount is zero.
    function _requireSomething(uint256 amount) internal pure {
        if (amount == 0) revert NothingToWithdraw();
    }

    /// @dev Reverts with RecipientInvalid if tokens would be lost there.
    function _requireRecipient(address to) internal view {
        if (to == address(0) || to == address(this)) revert RecipientInvalid(to);
    }

    /// @dev The smaller of two numbers.
    function _smaller(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
