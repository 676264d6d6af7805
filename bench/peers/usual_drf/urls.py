from django.urls import path

from bench.peers.usual_drf.views import LoanApprovalView

urlpatterns = [path("integrations/api/banking/loan_approval", LoanApprovalView.as_view())]
